import Foundation
import Glibc
import HTTP
import Runtime

/// One of Souk's programs as `make build` made it, beside this one.
struct SoukProgram: Sendable {
    let name: String
    let port: Int
    /// From its start to its first answer that it is ready.
    let startMilliseconds: Double
    private let running: RunningProgram

    var url: String { "http://127.0.0.1:\(port)" }
    var processID: Int32 { running.processID }

    static func path(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(filePath: own).deletingLastPathComponent().path + "/" + name
        guard access(path, X_OK) == 0 else {
            throw BenchError("\(name) is not built; `make build` builds it.")
        }
        return path
    }

    /// Starts it and returns once it is ready.
    ///
    /// - Parameter core: the one core that it gets; all where it is nil.
    static func start(
        _ name: String, _ bench: Bench, core: Int? = nil, environment: [String: String]
    ) async throws -> SoukProgram {
        let port = try Workshop.freePort()
        var all = environment
        all["SOUK_HTTP_PORT"] = "\(port)"
        all["SOUK_LOG_REQUESTS"] = "false"
        all["SOUK_LOG_FORMAT"] = "json"
        let path = try path(name)
        let log = "\(name)-\(port).log"
        let start = ContinuousClock.now
        let running =
            if let core {
                try bench.workshop.start(
                    "/usr/bin/taskset", ["-c", "\(core)", path], environment: all, log: log)
            } else {
                try bench.workshop.start(path, [], environment: all, log: log)
            }
        let loop = EventLoop(name: "bench-ready")
        defer { loop.stop() }
        let http = HTTPClient(loop: loop)
        while true {
            let request = HTTPClientRequest(
                .get, "http://127.0.0.1:\(port)/readyz", timeout: .seconds(2))
            if let answer = try? await http.send(request), answer.status == .ok { break }
            guard running.process.isRunning, start.duration(to: .now) < .seconds(60) else {
                let words = FileManager.default.contents(atPath: running.log) ?? Data()
                throw BenchError(
                    "\(name) did not start: \(String(decoding: words.suffix(600), as: UTF8.self))")
            }
            try await loop.sleep(for: .milliseconds(2))
        }
        return SoukProgram(
            name: name, port: port, startMilliseconds: start.duration(to: .now).inSeconds * 1_000,
            running: running)
    }

    func stop() async { await running.stop() }
}

/// What the kernel says of a process.
enum ProcessFacts {
    /// Resident memory in bytes.
    static func memory(of pid: Int32) throws -> Int {
        let text = try read("/proc/\(pid)/status")
        for line in text.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst()
                .first
            if let kilobytes, let count = Int(kilobytes) { return count * 1_024 }
        }
        throw BenchError("process \(pid) shows no memory.")
    }

    /// Processor time so far in seconds, the kernel's for it included.
    static func processorTime(of pid: Int32) throws -> Double {
        let text = try read("/proc/\(pid)/stat")
        // The name in parentheses may have spaces.
        guard let end = text.lastIndex(of: ")") else { throw BenchError("/proc is unreadable.") }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let kernel = Double(fields[13])
        else { throw BenchError("/proc is unreadable.") }
        return (user + kernel) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The processes that one has started and that still run.
    static func children(of pid: Int32) throws -> [Int32] {
        try read("/proc/\(pid)/task/\(pid)/children").split(separator: " ")
            .compactMap { Int32($0) }
    }

    private static func read(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BenchError("\(path) cannot be read.")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
