import Bus
import CKafka
import Database
import Foundation
import Glibc
import Runtime

/// The machine that the figures were taken on.
struct MachineFacts: Codable, Sendable {
    let processor: String
    let cores: Int
    let memoryMB: Int
    let kernel: String
    let swift: String
    let postgres: String
    let librdkafka: String
    /// Milliseconds for 8 KB to reach the disk under the data: half take no longer, 99 of 100.
    let syncMedian: Double
    let syncP99: Double
    let takenAt: String

    var text: String {
        """
        \(processor), \(cores) cores, \(memoryMB) MB; Linux \(kernel); Swift \(swift); \
        PostgreSQL \(postgres); librdkafka \(librdkafka); fdatasync of 8 KB \
        \(Report.number(syncMedian)) ms, p99 \(Report.number(syncP99)) ms; \(takenAt)
        """
    }

    static func gather(_ bench: Bench) async throws -> MachineFacts {
        let sync = try await NamedThread.run("bench-disk") {
            try syncCost(bench.workshop.directory + "/sync")
        }
        let swift = try? await bench.workshop.run(
            "/usr/bin/env", ["swift", "--version"])
        return MachineFacts(
            processor: field("model name", of: "/proc/cpuinfo") ?? "unknown",
            cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            memoryMB: (field("MemTotal", of: "/proc/meminfo").flatMap {
                Int($0.prefix { $0.isNumber })
            } ?? 0) / 1_024,
            kernel: text(of: "/proc/sys/kernel/osrelease"),
            swift: swift?.split(separator: " ").drop { $0 != "version" }.dropFirst().first
                .map(String.init) ?? "unknown",
            postgres: try await postgresVersion(bench),
            librdkafka: String(cString: rd_kafka_version_str()), syncMedian: sync.p50,
            syncP99: sync.p99, takenAt: Date().formatted(.iso8601))
    }

    private static func postgresVersion(_ bench: Bench) async throws -> String {
        let binaries = try PeerTools.postgresBinaries()
        let version = try await bench.workshop.run(binaries + "/postgres", ["--version"])
        return version.split(separator: " ").dropFirst(2).first.map(String.init) ?? "unknown"
    }

    private static func text(of path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }

    private static func field(_ name: String, of path: String) -> String? {
        text(of: path).split(separator: "\n").first { $0.hasPrefix(name) }?
            .split(separator: ":", maxSplits: 1).last?
            .trimmingCharacters(in: .whitespaces)
    }

    private static func syncCost(_ path: String) throws -> Percentiles {
        let file = open(path, O_CREAT | O_RDWR, 0o600)
        guard file >= 0 else { throw BenchError("\(path) cannot be made.") }
        defer {
            close(file)
            unlink(path)
        }
        let block = [UInt8](repeating: 1, count: 8_192)
        var times: [Double] = []
        // A log is written into space that it has already.
        for number in 0..<600 {
            let offset = number % 300 * block.count
            let start = ContinuousClock.now
            guard pwrite(file, block, block.count, off_t(offset)) == block.count,
                fdatasync(file) == 0
            else { throw BenchError("\(path) cannot be written.") }
            if number >= 300 { times.append(start.duration(to: .now).inSeconds * 1_000) }
        }
        return Percentiles(times)
    }
}
