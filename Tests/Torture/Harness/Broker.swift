import Glibc

/// The broker of a run: the embedded one or Apache Kafka, behind a proxy that it does not know of.
actor Broker {
    /// Where Apache Kafka's jars are; nil for the embedded broker.
    let kafkaHome: String?
    private let place: Workplace
    private let environment: [String: String]
    private var child: Child?
    private var isBeingKilled = false

    init(_ place: Workplace, kafkaHome: String?, environment: [String: String]) {
        self.place = place
        self.kafkaHome = kafkaHome
        self.environment = environment
    }

    /// Makes what it needs, once.
    func prepare() async throws {
        guard let kafkaHome else { return }
        try await Workplace.shell(
            "mkdir -p \"$1/kafka\"", place.path, log: place.path + "/start.log")
        try Files.write(properties, to: place.path + "/kafka/server.properties")
        try await Workplace.shell(
            """
            java -cp "$2/libs/*" kafka.tools.StorageTool format -t c291ay10b3J0dXJlLWthZg \\
                -c "$1/kafka/server.properties"
            """, place.path, kafkaHome, log: place.logs + "/kafka-format.log")
    }

    func start() throws {
        let words: [String]
        if let kafkaHome {
            var options = [
                "-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            ]
            let log = kafkaHome + "/log4j2.properties"
            if access(log, R_OK) == 0 { options.append("-Dlog4j2.configurationFile=\(log)") }
            words =
                ["java"] + options
                + [
                    "-cp", "\(kafkaHome)/libs/*", "kafka.Kafka",
                    "\(place.path)/kafka/server.properties",
                ]
        } else {
            words = [
                "\(place.bin)/souk", "broker", "--port", "\(place.ports.broker)", "--advertised",
                "\(place.ports.brokerProxy)",
            ]
        }
        child = try Child.start("broker", words, environment, log: place.logs + "/broker.log")
    }

    func signal(_ number: Int32) { child?.signal(number) }

    /// Ends it as nothing can be handled, and waits for its end.
    func kill() async throws {
        isBeingKilled = true
        defer { isBeingKilled = false }
        child?.signal(SIGKILL)
        _ = try await child?.end(within: .seconds(10))
        child = nil
    }

    /// Starts it again when it has ended though nobody killed it, as an operator's supervisor does:
    /// assertions of the embedded one end it.
    ///
    /// - Returns: whether it had.
    func reviveFallen() throws -> Bool {
        guard !isBeingKilled, let child, child.ended() != nil else { return false }
        try start()
        return true
    }

    /// Starts it again where it has ended.
    func revive() throws {
        if let child, child.ended() == nil { return }
        try start()
    }

    /// Runs Kafka's own tool for topics.
    func topics(_ arguments: String) async throws {
        guard let kafkaHome else { return }
        try await Workplace.shell(
            """
            exec java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$1/libs/*" \\
                org.apache.kafka.tools.TopicCommand --bootstrap-server 127.0.0.1:$2 $3
            """, kafkaHome, "\(place.ports.broker)", arguments, log: place.logs + "/topics.log")
    }

    private var properties: String {
        let ports = place.ports
        return """
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@127.0.0.1:\(ports.controller)
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
            listeners=PLAINTEXT://127.0.0.1:\(ports.broker),CONTROLLER://127.0.0.1:\(ports.controller)
            advertised.listeners=PLAINTEXT://127.0.0.1:\(ports.brokerProxy)
            log.dirs=\(place.path)/kafka/data
            auto.create.topics.enable=false
            offsets.topic.num.partitions=4
            offsets.topic.replication.factor=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            group.initial.rebalance.delay.ms=0

            """
    }
}
