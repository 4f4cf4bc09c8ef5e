internal import Bus
internal import Runtime

/// `souk broker`: the embedded Kafka broker as a process of its own.
enum BrokerCommand {
    static let command = Command(
        syntax: CommandSyntax(
            name: "broker", summary: "Run the embedded Kafka broker until it is stopped.",
            options: [
                .init(
                    name: "port", value: "PORT",
                    help: "Where to listen on 127.0.0.1; SOUK_BROKER_PORT or 8192 when not given."),
                .init(
                    name: "advertised", value: "PORT",
                    help: "Where clients are told to connect, when something stands between."),
            ],
            details: """
                The broker speaks Kafka's protocol to any client, keeps its records in memory only and
                forgets them when it ends. That loses nothing: services publish again what a topic has
                lost, out of their logs. souk up runs it by itself unless KAFKA_BOOTSTRAP_SERVERS names
                a real cluster.
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let port =
            try arguments.integer("port", in: 1...65_535) ?? context.settings.port(.broker)
        guard PortProbe.isFree(port) else {
            throw Complaint(
                "Port \(port) is in use: stop what listens there, or give another --port.",
                status: ExitStatus.unavailable)
        }
        let broker = try EmbeddedBroker(
            port: port, advertisedPort: try arguments.integer("advertised", in: 1...65_535))
        context.logger.notice("ready", ["broker": broker.bootstrapServers])
        var group = ComponentGroup(logger: context.logger)
        group.add("broker") { lifecycle in
            lifecycle.ready()
            await lifecycle.shutdownRequested()
            await broker.stop()
        }
        try await group.run()
        return ExitStatus.success
    }
}
