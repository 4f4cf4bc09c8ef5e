internal import Runtime

/// How e-mail is sent.
enum MailSettings {
    static let server = ConfigurationKey<MailServer>(
        "SOUK_SMTP_URL", default: standardServer,
        help: "The mail server: smtp://host:port or smtps://host:port, perhaps with "
            + "?starttls=required, if-offered or never; by default smtp://127.0.0.1:8125.",
        show: { $0.url }
    ) { text in try MailServer(text) }
    static let user = ConfigurationKey<String>.string(
        "SOUK_SMTP_USER", help: "Who signs in to the mail server; nobody where it is not set."
    ).optional()
    static let password = ConfigurationKey<String>.string(
        "SOUK_SMTP_PASSWORD", help: "The password for it; best as SOUK_SMTP_PASSWORD_FILE.",
        isSecret: true
    ).optional()
    static let from = ConfigurationKey<Mailbox>(
        "SOUK_SMTP_FROM", default: standardSender,
        help: "Who messages are from: Name <address>.",
        show: { "\($0.name) <\($0.address.text)>" }
    ) { text in
        guard let mailbox = Mailbox(text) else {
            throw Expectation("an address, or a name and an address between < and >")
        }
        return mailbox
    }
    static let trustedFile = ConfigurationKey<String>.string(
        "SOUK_SMTP_CA_FILE",
        help: "A file of certificates (PEM) that the mail server's must come from; by default "
            + "those that the system trusts."
    ).optional()
    static let connections = ConfigurationKey<Int>.integer(
        "SOUK_SMTP_CONNECTIONS", in: 1...64, default: 8,
        help: "The most messages handed to the mail server at once.")
    static let timeout = ConfigurationKey<Duration>.duration(
        "SOUK_SMTP_TIMEOUT", in: .milliseconds(100) ... .seconds(600), default: .seconds(60),
        help: "How long handing over one message may take.")

    static let all: [AnyConfigurationKey] = [
        .init(server), .init(user), .init(password), .init(from), .init(trustedFile),
        .init(connections), .init(timeout),
    ]

    private static var standardServer: MailServer? { try? MailServer("smtp://127.0.0.1:8125") }
    private static var standardSender: Mailbox? { Mailbox("Souk <no-reply@souk.example>") }

    /// The mail server with everything that belongs to it.
    ///
    /// - Throws: `ConfigurationError` for settings that are wrong only together.
    static func server(_ settings: Configuration) throws(ConfigurationError) -> MailServer {
        var server = settings[Self.server]
        server.trustedFile = settings[trustedFile]
        server.timeout = settings[timeout]
        guard let user = settings[user] else { return server }
        guard let password = settings[password] else {
            throw ConfigurationError(faults: ["SOUK_SMTP_USER is set but no SOUK_SMTP_PASSWORD."])
        }
        guard server.isTLS || server.startTLS == .required || server.isLocal else {
            throw ConfigurationError(faults: [
                "SOUK_SMTP_USER is set, but SOUK_SMTP_URL does not require encryption: the "
                    + "password could leave in the clear."
            ])
        }
        server.login = MailServer.Login(user: user, password: password)
        return server
    }
}
