internal import Bus
internal import Database
internal import Runtime
internal import ServiceKit

/// What the operator's commands look at: the platform of this directory, or one that somebody else
/// runs and that the environment names.
struct Deployment: Sendable {
    static let databaseURL = ConfigurationKey<String>.string(
        "DATABASE_URL",
        help: "A database to look at instead of the one in SOUK_HOME, as a role that may read "
            + "every service's schema.", isSecret: true
    ).optional()

    private static func urlKey(_ program: PlatformProgram) -> ConfigurationKey<String?> {
        ConfigurationKey<String>.url(
            "SOUK_\(program.name.uppercased())_URL",
            help: "Where \(program.name) answers, when it is not the one in SOUK_HOME."
        ).optional()
    }

    /// What names a deployment elsewhere.
    static let keys: [AnyConfigurationKey] =
        [.init(databaseURL)] + BusKeys.all
        + PlatformProgram.allCases.filter(\.hasHTTP).map { .init(urlKey($0)) }

    let settings: PlatformSettings
    /// What `souk up` wrote down; nil where it does not run here.
    let record: PlatformRecord?
    /// Whether `souk up` runs here.
    let isHere: Bool
    /// Holds a secret; nil where no database can be found.
    let databaseURL: String?
    let bus: BusConfiguration
    /// Where programs answer HTTP; those that are not known are left out.
    let urls: [PlatformProgram: String]

    static func find(_ context: CommandContext) throws -> Deployment {
        let record = PlatformRecord.read(context.settings)
        let settings = context.settings.adopting(record)
        let isHere = PlatformLock.holder(context.settings) != nil
        var environment = context.environment
        environment[BusKeys.bootstrapServers.name] = settings.bootstrapServers
        let configuration = try Configuration(environment: environment, keys: keys)
        let given = configuration[databaseURL]
        var urls: [PlatformProgram: String] = [:]
        for program in PlatformProgram.allCases where program.hasHTTP {
            urls[program] = configuration[urlKey(program)] ?? (isHere ? settings.url(program) : nil)
        }
        let own =
            isHere
            ? PostgresServer(.init(directory: try PostgresPlace.directory(settings))).address : nil
        return Deployment(
            settings: settings, record: record, isHere: isHere,
            databaseURL: given ?? own?.url(),
            bus: try BusKeys.bus(configuration, clientID: "souk"), urls: urls)
    }

    /// Whether there is anything to look at.
    var isKnown: Bool {
        isHere || databaseURL != nil || settings.externalBrokers != nil || !urls.isEmpty
    }

    /// A few connections to one schema, gone soon when nothing answers.
    func pool(
        schema: String?, timeout: Duration, loop: EventLoop, logger: Logger
    ) -> DatabasePool? {
        guard let databaseURL else { return nil }
        var configuration = DatabaseConfiguration(
            url: databaseURL, applicationName: "souk status", searchPath: schema, connections: 2,
            statementTimeout: timeout, acquireTimeout: timeout)
        configuration.connectTimeout = timeout
        return DatabasePool(configuration, loop: loop, logger: logger, metrics: Metrics())
    }
}
