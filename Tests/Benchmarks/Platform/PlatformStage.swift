import Foundation
import Runtime

/// The whole platform, as `souk up` starts it, on ports and in a directory of its own.
struct PlatformStage: Sendable {
    static let services = [
        "user", "catalog", "order", "cashback", "wallet", "notification", "analytics", "cms",
        "gateway",
    ]

    private let bench: Bench
    private let environment: [String: String]
    private let running: RunningProgram

    init(_ bench: Bench) async throws {
        self.bench = bench
        environment = [
            "SOUK_HOME": bench.workshop.directory + "/platform",
            "SOUK_PORT_BASE": "\(Int.random(in: 12...40) * 1_000)",
        ]
        running = try bench.workshop.start(
            try SoukProgram.path("souk"), ["up", "--quiet"], environment: environment,
            log: "platform.log")
        let end = ContinuousClock.now + .seconds(120)
        while try await processes().count < Self.services.count {
            guard running.process.isRunning, ContinuousClock.now < end else {
                let words = FileManager.default.contents(atPath: running.log) ?? Data()
                throw BenchError(
                    "the platform did not start: "
                        + String(decoding: words.suffix(600), as: UTF8.self))
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Runs one of the operator's commands.
    func souk(_ arguments: [String]) async throws -> String {
        try await bench.workshop.run(
            try SoukProgram.path("souk"), arguments, environment: environment)
    }

    /// The processes that are ready, by program.
    func processes() async throws -> [String: Int32] {
        guard let table = try? await souk(["status"]) else { return [:] }
        var found: [String: Int32] = [:]
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard let name = words.first, words.count > 3, let pid = Int32(words[1]) else {
                continue
            }
            let isReady = words.contains("yes") || !Self.services.contains(name)
            if isReady, words.contains("running") { found[name] = pid }
        }
        return found.filter { Self.services.contains($0.key) || $0.key == "postgres" }
    }

    func stop() async { await running.stop() }
}
