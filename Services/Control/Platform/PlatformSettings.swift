internal import Glibc
internal import Runtime

/// Where a platform is: its directory and its ports.
struct PlatformSettings: Sendable, Equatable {
    static let home = ConfigurationKey<String>.string(
        "SOUK_HOME", default: ".souk",
        help: "The directory that holds everything: data, secrets, logs, process identifiers.")
    static let portBase = ConfigurationKey<Int>.integer(
        "SOUK_PORT_BASE", in: 0...50_000, default: 0,
        help: "Added to every port, so that several platforms fit on one machine.")
    static let adminEmail = ConfigurationKey<String>.string(
        "SOUK_ADMIN_EMAIL", default: "admin@souk.example",
        help: "The e-mail address of the first administrator.")
    static let brokers = ConfigurationKey<String>.string(
        "KAFKA_BOOTSTRAP_SERVERS",
        help: "A Kafka cluster to use instead of the embedded broker."
    ).optional()

    static func portKey(_ program: PlatformProgram) -> ConfigurationKey<Int?> {
        ConfigurationKey<Int>.port(
            "SOUK_\(program.name.uppercased())_PORT",
            help: "The port of \(program.name); \(program.standardPort) when not set."
        ).optional()
    }

    /// The sandbox has a second port: the mail server that catches everything.
    private static let standardMailPort = 8125
    static let mailPort = ConfigurationKey<Int>.port(
        "SOUK_MAIL_PORT",
        help: "The port of the mail server of the sandbox; \(standardMailPort) when not set."
    ).optional()

    static let databasePort = ConfigurationKey<Int>.port(
        "SOUK_DATABASE_PORT",
        help: "Where services reach PostgreSQL when something stands between, such as a pooler."
    ).optional()

    static let keys: [AnyConfigurationKey] =
        [.init(home), .init(portBase)]
        + PlatformProgram.allCases.map { .init(portKey($0)) } + [.init(mailPort)]
        + [.init(databasePort), .init(adminEmail), .init(brokers)]

    /// Absolute.
    let home: String
    let ports: [PlatformProgram: Int]
    /// Where the sandbox takes mail.
    let mailPort: Int
    /// Where services reach PostgreSQL; nil for its own port.
    let databasePort: Int?
    let adminEmail: String
    /// A Kafka cluster of somebody else's; nil for the embedded broker.
    let externalBrokers: String?

    init(_ configuration: Configuration, _ environment: [String: String]) throws {
        let path = configuration[Self.home]
        home = path.hasPrefix("/") ? path : "\(Self.workingDirectory())/\(path)"
        var ports: [PlatformProgram: Int] = [:]
        for program in PlatformProgram.allCases {
            ports[program] =
                configuration[Self.portKey(program)]
                ?? program.standardPort + configuration[Self.portBase]
        }
        self.ports = ports
        mailPort =
            configuration[Self.mailPort] ?? Self.standardMailPort + configuration[Self.portBase]
        databasePort = configuration[Self.databasePort]
        adminEmail = configuration[Self.adminEmail]
        externalBrokers = configuration[Self.brokers]
    }

    private init(_ settings: PlatformSettings, ports: [PlatformProgram: Int], mailPort: Int) {
        home = settings.home
        self.ports = ports
        self.mailPort = mailPort
        databasePort = settings.databasePort
        adminEmail = settings.adminEmail
        externalBrokers = settings.externalBrokers
    }

    /// The same place with the ports that a running platform has.
    func adopting(_ record: PlatformRecord?) -> PlatformSettings {
        guard let record else { return self }
        var ports = self.ports
        for program in PlatformProgram.allCases {
            ports[program] = record.ports[program.name] ?? ports[program]
        }
        return PlatformSettings(
            self, ports: ports, mailPort: record.mailPort ?? mailPort)
    }

    func port(_ program: PlatformProgram) -> Int { ports[program] ?? program.standardPort }

    /// Where it answers HTTP.
    func url(_ program: PlatformProgram) -> String { "http://127.0.0.1:\(port(program))" }

    var bootstrapServers: String { externalBrokers ?? "127.0.0.1:\(port(.broker))" }

    // MARK: Places

    var secrets: String { home + "/secrets" }
    var logs: String { home + "/logs" }
    var run: String { home + "/run" }
    var data: String { home + "/data" }
    /// The files of pages and posts.
    var media: String { home + "/media" }
    var lockFile: String { run + "/lock" }
    var recordFile: String { run + "/platform.json" }

    func pidFile(_ name: String) -> String { "\(run)/\(name).pid" }

    private static func workingDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// The directory of this very executable, where those of the services stand.
    static func executableDirectory() -> String {
        let path = PlatformFiles.target(ofLink: "/proc/self/exe") ?? "/"
        return path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    }
}
