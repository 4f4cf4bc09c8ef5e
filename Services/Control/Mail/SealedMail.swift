internal import Bus
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime

/// What services asked to be sent, out of the topic of e-mails.
enum SealedMail {
    static func show(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let settings = context.settings.adopting(PlatformRecord.read(context.settings))
        let http = HTTPClient(loop: context.loop)
        let opener = try MailOpener(settings, http: http, loop: context.loop)
        let reader = try BusReader(
            try BusConfiguration(
                bootstrapServers: settings.bootstrapServers, clientID: "souk-mail"),
            loop: context.loop, logger: context.logger)
        let follows = arguments.has("follow")
        let batches = reader.read(
            [Topic.emails.rawValue], from: .beginning, until: follows ? .never : .endAtStart)
        var found: [OpenedMail] = []
        for try await batch in batches {
            for record in batch.records {
                guard let event = ReceivedEvent(record), let mail = try await opener.open(event),
                    arguments.operands.isEmpty
                        || mail.recipient?.lowercased() == arguments.operands[0].lowercased()
                else { continue }
                if follows {
                    try show(mail, isJSON: arguments.has("json"))
                } else {
                    found.append(mail)
                }
            }
        }
        // Partitions come one after the other; people read by time.
        for mail in found.sorted(by: { $0.requestedAt < $1.requestedAt }) {
            try show(mail, isJSON: arguments.has("json"))
        }
        if found.isEmpty, !follows { Terminal.write("There is no message.\n", to: 2) }
        await http.close()
        return ExitStatus.success
    }

    private static func show(_ mail: OpenedMail, isJSON: Bool) throws {
        if isJSON {
            Terminal.write(try JSON.text(mail) + "\n")
            return
        }
        let values = (mail.values.object ?? JSONObject()).map { member in
            let text = member.value.string ?? (try? JSON.text(member.value)) ?? ""
            return "\(member.name)=\(text)"
        }
        Terminal.write(
            "\(mail.requestedAt)  \(mail.recipient ?? "(erased)")  \(mail.template)  "
                + "\(values.joined(separator: " "))\n")
    }
}
