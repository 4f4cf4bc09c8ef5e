import Foundation
import Synchronization

/// wrk on the other core: requests in a closed loop over kept connections.
struct WebLoad: Sendable {
    /// The servers' core, and the one that load and upstreams share.
    static let serverCore = 0
    static let loadCore = 1

    let bench: Bench
    let url: String
    var connections = 32
    var headers: [String] = []
    /// A script that makes the requests, and its arguments.
    var script: (path: String, arguments: [String])?
    /// The core that wrk gets; all where it is nil.
    var core: Int? = Self.loadCore

    /// - Returns: requests a second and their latency.
    /// - Throws: `BenchError` when one of them failed.
    func run(seconds: Int) async throws -> Sample {
        let reporter = try await bench.once("wrk-report") { [bench] in
            let path = bench.workshop.directory + "/report.lua"
            try Workshop.write(Self.reporter, to: path)
            return path
        }
        var arguments = core.map { ["-c", "\($0)", "/usr/bin/wrk"] } ?? []
        arguments += ["-t1", "-c\(connections)", "-d\(seconds)s", "-s", script?.path ?? reporter]
        for header in headers { arguments += ["-H", header] }
        arguments.append(url)
        if let script { arguments += ["--"] + script.arguments }
        let tool = core == nil ? "/usr/bin/wrk" : "/usr/bin/taskset"
        return try Self.sample(await bench.workshop.run(tool, arguments))
    }

    /// As `run`, and notes what the server worked for it.
    func run(seconds: Int, _ work: ServerWork) async throws -> Sample {
        let before = try ProcessFacts.processorTime(of: work.processID)
        let sample = try await run(seconds: seconds)
        work.add(
            try ProcessFacts.processorTime(of: work.processID) - before,
            requests: sample.latency?.count ?? 0)
        return sample
    }

    /// Prints what `sample` reads.
    static let reporter = """
        done = function(summary, latency, requests)
            local errors = summary.errors
            io.write(string.format("result %f %d %d %f %f %f %f %f\\n",
                summary.requests / summary.duration * 1e6, summary.requests,
                errors.status + errors.connect + errors.read + errors.write + errors.timeout,
                latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
                latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3,
                latency.mean / 1e3))
        end

        """

    private static func sample(_ output: String) throws -> Sample {
        for line in output.split(separator: "\n") where line.hasPrefix("result ") {
            let numbers = line.split(separator: " ").dropFirst().compactMap { Double($0) }
            guard numbers.count == 8 else { break }
            guard numbers[2] == 0 else {
                throw BenchError("\(Int(numbers[2])) of \(Int(numbers[1])) requests failed.")
            }
            return Sample(
                numbers[0],
                Percentiles(
                    p50: numbers[3], p95: numbers[4], p99: numbers[5], p999: numbers[6],
                    mean: numbers[7], count: Int(numbers[1])))
        }
        throw BenchError("wrk reported nothing: \(output.suffix(300))")
    }
}

/// Processor time that a server took for requests: what counts where load and servers share so few
/// cores that the load may be what ends first.
final class ServerWork: Sendable {
    let processID: Int32
    private let sum = Mutex<(seconds: Double, requests: Int)>((0, 0))

    init(_ processID: Int32) { self.processID = processID }

    func add(_ seconds: Double, requests: Int) {
        sum.withLock { $0 = ($0.seconds + seconds, $0.requests + requests) }
    }

    /// Microseconds a request.
    var each: Double { sum.withLock { $0.seconds * 1e6 / Double(max(1, $0.requests)) } }

    /// Ours beside another's, for people.
    static func note(_ ours: ServerWork, _ other: ServerWork) -> String {
        "processor time a request: \(Report.number(ours.each)) µs, the other's "
            + "\(Report.number(other.each)) µs"
    }
}

extension Percentiles {
    /// As another program measured them.
    init(p50: Double, p95: Double, p99: Double, p999: Double, mean: Double, count: Int) {
        self.p50 = p50
        self.p95 = p95
        self.p99 = p99
        self.p999 = p999
        self.mean = mean
        self.count = count
    }
}
