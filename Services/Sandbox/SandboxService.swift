internal import EventTypes
internal import Glibc
internal import HTTP
public import Runtime

/// The program: a fake payment provider with its own HTTP interface, its own file, and manners that
/// can be set as bad as real ones' are; and a mail server that keeps all mail to be looked at.
public enum SandboxService {
    static let port = ConfigurationKey<Int>.port(
        "SOUK_HTTP_PORT", default: 8190, help: "The port to listen on; 0 for any free one.")
    static let host = ConfigurationKey<String>.string(
        "SOUK_HTTP_HOST", default: "127.0.0.1", help: "The IP address to listen on.")
    static let directory = ConfigurationKey<String>.string(
        "SOUK_SANDBOX_DATA", default: ".souk/sandbox",
        help: "The directory of the provider's file and the mail; made when it is not there.")
    static let apiKey = ConfigurationKey<String>.string(
        "SOUK_SANDBOX_KEY", help: "The key that calls must carry.", isSecret: true)
    static let webhookURL = ConfigurationKey<String>.url(
        "SOUK_SANDBOX_WEBHOOK_URL",
        default: "http://127.0.0.1:8102/webhooks/payments",
        help: "Where events are delivered to.")
    static let webhookSecret = ConfigurationKey<String>.string(
        "SOUK_SANDBOX_WEBHOOK_SECRET", help: "What webhooks are signed with.", isSecret: true)

    static let smtpPort = ConfigurationKey<Int>.port(
        "SOUK_SANDBOX_SMTP_PORT", default: 8125,
        help: "The port of the mail server; 0 for any free one.")

    static let keys: [AnyConfigurationKey] =
        [
            .init(host), .init(port), .init(directory), .init(apiKey), .init(webhookURL),
            .init(webhookSecret), .init(smtpPort),
        ] + RuntimeKeys.all

    private static let usage = """
        sandbox: a payment provider that pays nobody and a mail server that delivers nothing, for
        development and tests.

        Usage: sandbox [serve | --help]

        Settings, from the environment; each also as NAME_FILE:

        """

    /// Serves until it is asked to stop.
    ///
    /// - Returns: the exit status: 0, 64 for a wrong command line, 69 when something that it needs
    ///   is not there, 78 for a wrong configuration.
    @concurrent
    public static func run(
        arguments: [String] = Program.arguments, environment: [String: String] = Program.environment
    ) async -> Int32 {
        switch arguments {
        case [], ["serve"]: break
        case ["--help"], ["-h"], ["help"]:
            print(usage + Configuration.help(keys))
            return 0
        default:
            complain("sandbox: there is no such command; see sandbox --help")
            return 64
        }
        do {
            let configuration = try Configuration(environment: environment, keys: keys)
            try await serve(configuration)
            return 0
        } catch let error as ConfigurationError {
            complain(error.description)
            return 78
        } catch {
            complain("sandbox: \(error)")
            return 69
        }
    }

    private static func serve(_ configuration: Configuration) async throws {
        let logger = Logger(
            label: "sandbox", level: configuration[RuntimeKeys.logLevel],
            sink: StandardLogSink(format: configuration[RuntimeKeys.logFormat]))
        let loop = EventLoop(name: "sandbox")
        let clock = SystemClock()
        try makeDirectory(configuration[directory])
        let store = try SandboxStore(
            path: configuration[directory] + "/payments.jsonl", clock: clock,
            ids: UUIDv7Generator(clock: clock))
        let api = SandboxAPI(store: store, apiKey: configuration[apiKey])
        let mails = MailStore(
            clock: clock, ids: UUIDv7Generator(clock: clock),
            folder: try MailFolder(configuration[directory] + "/mail"))
        let mailFaults = MailFaults()
        let mailAPI = MailAPI(store: mails, faults: mailFaults)
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(
                host: configuration[host], port: configuration[port]), loops: [loop],
            logger: logger, metrics: Metrics()
        ) { request in
            MailAPI.isResponsible(for: request.path)
                ? await mailAPI.respond(to: request) : await api.respond(to: request)
        }
        var group = ComponentGroup(
            logger: logger, deadline: configuration[RuntimeKeys.shutdownDeadline])
        group.add(
            "dispatcher",
            Dispatcher(
                store: store, client: HTTPClient(loop: loop), loop: loop,
                url: configuration[webhookURL], secret: configuration[webhookSecret],
                logger: logger), on: loop)
        group.add(
            "smtp",
            SMTPServer(
                host: configuration[host], port: configuration[smtpPort], loop: loop,
                store: mails, faults: mailFaults, logger: logger), on: loop)
        group.add("http", server, on: loop)
        try await group.run()
    }

    /// Makes the directory and those above it.
    private static func makeDirectory(_ path: String) throws(FactFileError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
            if mkdir(made, 0o700) != 0, errno != EEXIST { throw FactFileError("make", made) }
        }
    }

    private static func complain(_ text: String) {
        let bytes = Array("\(text)\n".utf8)
        _ = write(2, bytes, bytes.count)
    }
}
