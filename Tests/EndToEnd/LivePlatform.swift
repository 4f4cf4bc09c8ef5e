import Bus
import Foundation
import Synchronization
import TestSupport
import Testing

/// A whole platform of its own for a suite: the built programs, started by `souk up` as a user
/// would, on free ports and in a directory that is gone afterwards.
final class LivePlatform: Sendable {
    /// The one of the running suite.
    @TaskLocal static var current: LivePlatform?

    /// Programs with a port each, in the order in which the ports are given out.
    private static let programs = [
        "gateway", "user", "wallet", "catalog", "cashback", "analytics", "sandbox", "broker",
        "postgres", "order", "notification", "cms", "mail",
    ]

    let home: URL
    let gateway: String
    /// Where the sandbox answers HTTP.
    let sandbox: String
    let environment: [String: String]
    /// The cluster of its own that it uses; nil for others' and for the embedded broker.
    let cluster: ApacheCluster?
    private let firstPort: Int
    private let up = Mutex<LiveProgram?>(nil)

    /// - Parameters:
    ///   - brokers: a Kafka cluster to use instead of the embedded broker.
    ///   - cluster: the same, one that only this platform uses.
    init(brokers: String? = nil, cluster: ApacheCluster? = nil) throws {
        self.cluster = cluster
        home = FileManager.default.temporaryDirectory
            .appending(path: "souk-e2e-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let first = try FreePorts.take(Self.programs.count)
        var environment = ProcessInfo.processInfo.environment
        environment["SOUK_HOME"] = home.appending(path: "souk").path
        for (offset, name) in Self.programs.enumerated() {
            environment["SOUK_\(name.uppercased())_PORT"] = String(first + offset)
        }
        let purchases = home.appending(path: "purchases.txt")
        try Data(Self.purchases.utf8).write(to: purchases)
        environment["SOUK_CDNOW_FILE"] = purchases.path
        // Everybody in the tests comes from one address.
        environment["SOUK_RATE_LIMIT"] = "100000"
        if let brokers = brokers ?? cluster?.bus.bootstrapServers {
            environment["KAFKA_BOOTSTRAP_SERVERS"] = brokers
        }
        self.environment = environment
        firstPort = first
        gateway = "http://127.0.0.1:\(first)"
        sandbox = "http://127.0.0.1:\(first + (Self.programs.firstIndex(of: "sandbox") ?? 0))"
    }

    /// Where a program answers HTTP, past the gateway.
    func url(_ name: String) -> String {
        "http://127.0.0.1:\(firstPort + (Self.programs.firstIndex(of: name) ?? 0))"
    }

    /// Made-up purchases in the form of the CDNOW log: 40 customers with one to four each.
    private static let purchases = (1...40).flatMap { customer in
        (0...(customer % 4)).map { number in
            let cents = 997 * customer + 31 * number
            return " \(customer) \(customer) 19970\(number + 1)15 1 \(cents / 100)."
                + String(format: "%02d", cents % 100)
        }
    }.joined(separator: "\n")

    // MARK: Programs

    /// Starts it and waits until it says that it is up.
    func start() async throws {
        let program = try LiveProgram(["souk", "up", "--quiet", "--attached"], environment)
        up.withLock { $0 = program }
        #expect(await program.line { $0.contains("Souk is up") } != nil, "\(program.output)")
    }

    /// Stops it as Ctrl-C does.
    ///
    /// - Returns: the exit status and how long it took.
    func stop() async throws -> (status: Int32, took: Duration) {
        guard let program = up.withLock({ $0.take() }) else { return (0, .zero) }
        let start = ContinuousClock.now
        program.interrupt()
        let status = await program.end()
        return (status, start.duration(to: .now))
    }

    /// Runs `souk …` to its end.
    func souk(_ arguments: String...) async throws -> (status: Int32, output: String) {
        let program = try LiveProgram(["souk"] + arguments, environment)
        let status = await program.end()
        return (status, program.output)
    }

    /// Starts `souk …` and leaves it to the caller.
    func starting(_ arguments: String...) throws -> LiveProgram {
        try LiveProgram(["souk"] + arguments, environment)
    }

    /// Kills a program of the platform as nothing can be handled; it is started again.
    func kill(_ name: String) {
        guard name == "broker", let cluster else { return signal(name, SIGKILL) }
        cluster.kill(0)
        do { try cluster.start(0) } catch { Issue.record(error) }
    }

    /// Sends a signal to a program of the platform.
    func signal(_ name: String, _ signal: Int32) {
        let file = home.appending(path: "souk/run/\(name).pid")
        guard let text = try? String(contentsOf: file, encoding: .utf8),
            let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else {
            Issue.record("\(name) has no process")
            return
        }
        Foundation.kill(pid, signal)
    }

    func secret(_ name: String) throws -> String {
        try String(
            contentsOf: home.appending(path: "souk/secrets/\(name)"), encoding: .utf8
        ).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func remove() { try? FileManager.default.removeItem(at: home) }
}

/// Gives a suite a platform that runs.
struct LivePlatformTrait: SuiteTrait, TestScoping {
    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?,
        performing body: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard TestKafka.isPreferred else { return try await run(try LivePlatform(), body) }
        try await ApacheCluster.with { cluster in
            try await run(try LivePlatform(cluster: cluster), body)
        }
    }

    private func run(
        _ platform: LivePlatform, _ body: @Sendable @concurrent () async throws -> Void
    ) async throws {
        defer { platform.remove() }
        try await platform.start()
        do {
            try await LivePlatform.$current.withValue(platform) { try await body() }
        } catch {
            _ = try await platform.stop()
            throw error
        }
        _ = try await platform.stop()
    }
}

extension Trait where Self == LivePlatformTrait {
    /// A platform that runs for as long as the suite does.
    static var livePlatform: Self { LivePlatformTrait() }
}
