internal import Crypto
internal import Database
internal import EventStore
internal import EventTypes
public import Runtime
public import ServiceKit

/// The service that knows who people are.
public enum UserService: SoukService {
    public static let name = "user"
    public static let summary = "Knows who people are: accounts, sessions, roles, keys."
    public static let port = 8101
    public static let configuration = UserSettings.all

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        let tools = try tools(context)
        var routes = AuthRoutes(tools: tools).table
        routes.include(PeopleRoutes(tools: tools).table)
        routes.include(KeyRoutes(tools: tools).table)
        let housekeeping = UserHousekeeping(tools: tools, administrator: try administrator(tools))
        return Blueprint(
            migrations: [
                Migration("m0001_tables", PackageResources.m0001_tables_sql)
            ],
            projections: [PeopleProjection()], publish: UserPublications.map, routes: routes,
            invariants: UserInvariants.all, components: [("housekeeping", housekeeping)],
            subcommands: [rotation(tools)],
            accessKeys: { try await tools.signingKeys.published() })
    }

    private static func tools(_ context: ServiceContext) throws -> UserTools {
        let settings = context.configuration
        guard let master = MasterKey(settings[UserSettings.masterKey]) else {
            throw ConfigurationError(faults: ["SOUK_MASTER_KEY is no key."])
        }
        let window: Duration = .seconds(15 * 60)
        let lifetime = settings[UserSettings.tokenLifetime]
        return UserTools(
            context: context, digests: KeyedDigests(master),
            vault: SubjectKeyVault(pool: context.pool, master: master, random: context.random),
            signingKeys: SigningKeyStore(
                pool: context.pool, clock: context.clock, random: context.random, master: master,
                tokenLifetime: lifetime),
            refreshTokens: RefreshTokens(master),
            throttle: CredentialThrottle(
                pool: context.pool, clock: context.clock, master: master,
                account: .init(attempts: settings[UserSettings.accountAttempts], window: window),
                address: .init(attempts: settings[UserSettings.addressAttempts], window: window)),
            timing: EvenTiming(loop: context.loop, step: settings[UserSettings.answerStep]),
            proxies: settings[UserSettings.trustedProxies],
            hasher: PasswordHasher(), rules: PasswordRules(common: try passwords(context)),
            issuer: settings[StandardKeys(name: name, port: port).tokenIssuer],
            tokenLifetime: lifetime)
    }

    /// A list that was asked for must be there; without the standard one the short list of our own
    /// has to do.
    private static func passwords(_ context: ServiceContext) throws -> Set<String> {
        let path = context.configuration[UserSettings.commonPasswords]
        if let all = CommonPasswords.read(path) { return all }
        guard path == CommonPasswords.standardPath else {
            throw ConfigurationError(
                faults: ["SOUK_COMMON_PASSWORDS_FILE is \"\(path)\": it cannot be read."])
        }
        return CommonPasswords.known
    }

    private static func administrator(_ tools: UserTools) throws -> FirstAdministrator? {
        let settings = tools.context.configuration
        let email = settings[UserSettings.adminEmail].flatMap { EmailAddress($0) }
        switch (email, settings[UserSettings.adminPassword]) {
        case (nil, nil): return nil
        case (let email?, let password?):
            return FirstAdministrator(tools: tools, email: email, password: password)
        default:
            throw ConfigurationError(
                faults: ["SOUK_ADMIN_EMAIL and SOUK_ADMIN_PASSWORD go together: set both."])
        }
    }

    private static func rotation(_ tools: UserTools) -> Subcommand {
        Subcommand(
            "rotate-keys", summary: "Lets the next signing key sign as soon as everybody knows it."
        ) { _ in
            let start = try await tools.signingKeys.rotate()
            print("The next key signs from \(start) on.")
            return 0
        }
    }
}
