public import Bus
internal import Glibc
internal import Runtime
internal import Synchronization

/// Nodes of Apache Kafka that belong to one test, which may kill them and start them again.
public final class ApacheCluster: Sendable {
    private struct Node {
        let directory: String
        var isRunning = false
    }

    /// How clients reach it; every node is named.
    public let bus: BusConfiguration
    /// How clients reach each node when they know of no other.
    public let each: [BusConfiguration]
    private let nodes: Mutex<[Node]>

    /// Lends a cluster that answers.
    ///
    /// - Parameter settings: of the brokers, as `name=value`.
    public static func with<R>(
        nodes count: Int = 1, settings: [String] = [],
        _ body: (ApacheCluster) async throws -> R
    ) async throws -> R {
        let cluster = try ApacheCluster(count, settings)
        for number in 0..<count { try cluster.start(number) }
        do {
            try await cluster.waitUntilItAnswers()
            let result = try await body(cluster)
            cluster.remove()
            return result
        } catch {
            cluster.remove()
            throw error
        }
    }

    private init(_ count: Int, _ settings: [String]) throws {
        let first = try FreePorts.take(2 * count)
        var nodes: [Node] = []
        for number in 0..<count {
            let directory = try ApacheKafka.makeDirectory()
            let text = Self.properties(directory, number, count, first) + settings
            try ApacheKafka.write(
                text.joined(separator: "\n") + "\n", to: directory + "/server.properties")
            nodes.append(Node(directory: directory))
        }
        self.nodes = Mutex(nodes)
        let servers = (0..<count).map { "127.0.0.1:\(first + 2 * $0)" }
        bus = try BusConfiguration(bootstrapServers: servers.joined(separator: ","))
        each = try servers.map { try BusConfiguration(bootstrapServers: $0) }
    }

    private static func properties(
        _ directory: String, _ number: Int, _ count: Int, _ first: Int
    ) -> [String] {
        let voters = (0..<count).map { "\($0 + 1)@127.0.0.1:\(first + 2 * $0 + 1)" }
        let copies = min(3, count)
        return [
            "process.roles=broker,controller", "node.id=\(number + 1)",
            "controller.quorum.voters=\(voters.joined(separator: ","))",
            "controller.listener.names=CONTROLLER",
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "listeners=PLAINTEXT://127.0.0.1:\(first + 2 * number),"
                + "CONTROLLER://127.0.0.1:\(first + 2 * number + 1)",
            "advertised.listeners=PLAINTEXT://127.0.0.1:\(first + 2 * number)",
            "log.dirs=\(directory)/data", "auto.create.topics.enable=false",
            "default.replication.factor=\(copies)", "min.insync.replicas=\(max(1, copies - 1))",
            "offsets.topic.num.partitions=4", "offsets.topic.replication.factor=\(copies)",
            "transaction.state.log.replication.factor=\(copies)",
            "transaction.state.log.min.isr=\(max(1, copies - 1))",
            "group.initial.rebalance.delay.ms=0", "broker.heartbeat.interval.ms=500",
            "broker.session.timeout.ms=2000",
        ]
    }

    /// Starts a node, the first time or after `kill`; its data is as it was.
    public func start(_ number: Int) throws {
        let directory = nodes.withLock { nodes in
            nodes[number].isRunning = true
            return nodes[number].directory
        }
        unlink(directory + "/pid")
        try ApacheKafka.run(in: directory)
    }

    /// Kills a node as nothing can be handled.
    public func kill(_ number: Int) {
        let directory = nodes.withLock { nodes in
            nodes[number].isRunning = false
            return nodes[number].directory
        }
        Self.kill(directory)
    }

    private static func kill(_ directory: String) {
        guard let file = fopen(directory + "/pid", "r") else { return }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 32)
        let count = fread(&text, 1, text.count, file)
        let digits = String(decoding: text[..<count], as: UTF8.self).filter(\.isNumber)
        if let pid = Int32(digits), pid > 1 { Glibc.kill(pid, SIGKILL) }
    }

    private func waitUntilItAnswers() async throws {
        for bus in each { try await Self.waitUntilItAnswers(bus) }
    }

    /// Returns once a client gets an answer.
    public static func waitUntilItAnswers(_ bus: BusConfiguration) async throws {
        let loop = EventLoop(name: "servers")
        defer { loop.stop() }
        let deadline = ContinuousClock.now + TestKafka.startLimit
        while true {
            let admin = try BusAdmin(bus, loop: loop, logger: .silent)
            do {
                _ = try await admin.topics(timeout: .seconds(5))
                return await admin.close()
            } catch {
                await admin.close()
                if ContinuousClock.now > deadline { throw error }
            }
        }
    }

    private func remove() {
        for node in nodes.withLock({ $0 }) where node.isRunning { Self.kill(node.directory) }
    }
}
