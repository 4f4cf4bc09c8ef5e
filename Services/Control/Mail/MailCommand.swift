internal import HTTP
internal import JSON
internal import Runtime

/// `souk mail`: the messages that were sent, as the platform's own mail server caught them.
enum MailCommand {
    /// How often new messages are looked for.
    static let interval: Duration = .milliseconds(250)

    static let command = Command(
        syntax: CommandSyntax(
            name: "mail", summary: "Show the e-mails that were sent, with their codes.",
            operands: "[ADDRESS]", operandCount: 0...1,
            options: [
                .init(name: "follow", help: "Go on with new messages until Ctrl-C."),
                .init(name: "text", help: "The whole text of each, not only its subject."),
                .init(name: "json", help: "One JSON object a line."),
                .init(
                    name: "sealed",
                    help: "Open the requests in the topic emails instead, sent or not."),
            ],
            details: """
                The sandbox has a mail server that delivers nothing and keeps everything for a while;
                /mail of the sandbox shows the same in a browser. Where a mail server of your own is set
                (SOUK_SMTP_URL), messages are there. --sealed opens what services asked to be sent with
                the keys of the people it is for, which only works where souk up made the secrets: for
                development.

                  souk mail ada@example.com --text
                  souk mail --follow --json
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        if arguments.has("sealed") { return try await SealedMail.show(arguments, context) }
        let settings = context.settings.adopting(PlatformRecord.read(context.settings))
        let http = HTTPClient(loop: context.loop)
        let catcher = MailCatcher(url: settings.url(.sandbox), http: http)
        let address = arguments.operands.first
        var last: String?
        var count = 0
        while true {
            let messages: [CaughtMail]
            do {
                messages = try await catcher.messages(to: address, after: last)
            } catch let error as HTTPClientError {
                throw Complaint(
                    "No sandbox answers at \(settings.url(.sandbox)): \(error)",
                    status: ExitStatus.unavailable)
            }
            for mail in messages { try show(mail, arguments) }
            count += messages.count
            last = messages.last?.id ?? last
            if !messages.isEmpty { continue }
            guard arguments.has("follow") else { break }
            try await context.loop.sleep(for: interval)
        }
        if count == 0 { Terminal.write("There is no message.\n", to: 2) }
        await http.close()
        return ExitStatus.success
    }

    private static func show(_ mail: CaughtMail, _ arguments: CommandArguments) throws {
        if arguments.has("json") {
            Terminal.write(try JSON.text(mail.json) + "\n")
            return
        }
        let code = mail.code.map { "  code=\($0)" } ?? ""
        let recipients = mail.recipients.joined(separator: ", ")
        // What strangers wrote must not steer the terminal.
        let subject = mail.subject.filter { $0.unicodeScalars.allSatisfy { $0.value >= 32 } }
        Terminal.write("\(mail.receivedAt)  \(recipients)  \(subject)\(code)\n")
        guard arguments.has("text") else { return }
        for line in mail.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            Terminal.write(
                "    \(line.filter { $0.unicodeScalars.allSatisfy { $0.value >= 32 } })\n")
        }
    }
}
