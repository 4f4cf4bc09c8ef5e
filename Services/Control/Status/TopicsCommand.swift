internal import Bus
internal import Runtime

/// `souk topics`: what is on the bus.
enum TopicsCommand {
    static let command = Command(
        syntax: CommandSyntax(
            name: "topics", summary: "List the topics with their partitions and what they hold.",
            operands: "[TOPIC]", operandCount: 0...1,
            details: """
                One line a topic: its partitions, the records that are kept, and the ends. With the name
                of a topic, one line for each of its partitions.
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let settings = context.settings.adopting(PlatformRecord.read(context.settings))
        let admin = try BusAdmin(
            try BusConfiguration(
                bootstrapServers: settings.bootstrapServers, clientID: "souk-topics"),
            loop: context.loop, logger: context.logger)
        do {
            let text =
                if let topic = arguments.operands.first {
                    try await partitions(of: topic, admin)
                } else {
                    try await topics(admin)
                }
            Terminal.write(text)
            await admin.close()
            return ExitStatus.success
        } catch let error as BusError {
            await admin.close()
            if error.code == .unknownTopic {
                throw Complaint("There is no topic \(arguments.operands.first ?? "").")
            }
            throw Complaint(
                "No broker answers at \(settings.bootstrapServers): \(error)",
                status: ExitStatus.unavailable)
        }
    }

    private static func topics(_ admin: BusAdmin) async throws -> String {
        var table = TextTable([
            .left("TOPIC"), .right("PARTITIONS"), .right("KEPT"), .right("EVER"),
        ])
        for topic in try await admin.topics().sorted() {
            let marks = try await admin.watermarks(topic)
            table.add([
                topic, String(marks.count), String(marks.reduce(0) { $0 + $1.high - $1.low }),
                String(marks.reduce(0) { $0 + $1.high }),
            ])
        }
        return table.text
    }

    private static func partitions(of topic: String, _ admin: BusAdmin) async throws -> String {
        var table = TextTable([.left("PARTITION"), .right("LOW"), .right("HIGH"), .right("KEPT")])
        for mark in try await admin.watermarks(topic) {
            table.add([
                String(mark.partition), String(mark.low), String(mark.high),
                String(mark.high - mark.low),
            ])
        }
        return table.text
    }
}
