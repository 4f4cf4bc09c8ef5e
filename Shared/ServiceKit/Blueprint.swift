public import Crypto
public import Database
public import EventStore
public import HTTP
public import Runtime

/// A whole service: what `SoukService.build` returns.
///
/// ```swift
/// public enum WalletService: SoukService {
///     public static let name = "wallet"
///     public static let summary = "Keeps the ledger: holds, deposits, payouts."
///     public static let port = 8102
///     public static let neighbours: [NeighbourKey] = [NeighbourKey("user",
///     "http://127.0.0.1:8101")]
///
///     public static func build(_ context: ServiceContext) async throws -> Blueprint {
///         var routes = RouteTable(tag: "accounts")
///         routes.post(
///             "/api/v1/wallet/accounts", "Open an account", id: "openAccount",
///             access: .signedIn, problems: [.accountLimit], waitsFor: ["accounts"]
///         ) { (call: Call<OpenAccount>) -> Reply<AccountView> in
///             let owner = try call.user().userID
///             let id = context.ids.next(LedgerAccountTag.self)
///             let committed = try await context.store.commit(call.command) { unit in
///                 try await unit.decide(Account.self, id, .open(owner, call.body.currency))
///                 return AccountView(id: id, currency: call.body.currency)
///             }
///             return .created(committed, location: "/api/v1/wallet/accounts/\(id)").etag(1)
///         }
///         routes.get(
///             "/api/v1/wallet/accounts", "List your accounts", id: "listAccounts",
///             access: .signedIn, waitsFor: ["accounts"]
///         ) { (call: Call<NoBody>) -> Reply<Page<AccountView>> in
///             let after = try call.page.after(String.self)
///             let rows = try await context.pool.query(…)          // LIMIT \(call.page.fetchLimit)
///             return .ok(try call.page.page(rows) { … } item: { … })
///         }
///         return Blueprint(
///             migrations: [Migration(name: "m0001_tables", sql: …)],
///             projections: [AccountsProjection()], publish: Publications.map,
///             subscriptions: [CashbackSubscription.make()], timers: [HoldExpiry.handler],
///             routes: routes, invariants: [LedgerSumsToZero.invariant])
///     }
/// }
/// ```
///
/// A handler throws `Problem`s, `ProblemSlug.x.problem(…)`, or errors that are
/// `ProblemConvertible`; faults of store and database are answered by the pipeline.
public struct Blueprint: Sendable {
    /// The service's own tables beside those of the event store and of projections.
    public var migrations: [Migration]
    public var projections: [any Projection]
    /// Which events other services may read, and in which form; pure. Nil where nothing is
    /// published.
    public var publish: (@Sendable (RecordedEvent) throws -> [Publication])?
    public var subscriptions: [Subscription]
    public var timers: [TimerHandler]
    public var routes: RouteTable
    /// What `verify` checks beyond the invariants of the log.
    public var invariants: [Invariant]
    /// How older forms of the events that the service reads, in its own log and on topics, become
    /// the present ones; checked at the start.
    public var upcasters: [Upcaster]
    /// Runs beside the rest, started after the store and before HTTP, by name.
    public var components: [(name: String, component: any Component)]
    public var subcommands: [Subcommand]
    /// Where the keys that access tokens are verified with come from; `SOUK_JWKS_URL` unless set.
    /// For the service that signs them.
    public var accessKeys: (@Sendable () async throws -> JWKSet)?
    /// Where paths lead that no route has; nil for those that lead nowhere. Asked for every such
    /// request.
    public var fallback: (@Sendable (HTTPRequest) -> FallbackRoute?)?
    /// Around everything that is answered, the built-in endpoints included; the first outermost.
    public var middleware: [any HTTPMiddleware]
    /// What the server lets its clients do.
    public var limits: HTTPLimits

    public init(
        migrations: [Migration] = [], projections: [any Projection] = [],
        publish: (@Sendable (RecordedEvent) throws -> [Publication])? = nil,
        subscriptions: [Subscription] = [], timers: [TimerHandler] = [],
        routes: RouteTable = RouteTable(tag: "service"), invariants: [Invariant] = [],
        upcasters: [Upcaster] = [], components: [(name: String, component: any Component)] = [],
        subcommands: [Subcommand] = [],
        accessKeys: (@Sendable () async throws -> JWKSet)? = nil,
        fallback: (@Sendable (HTTPRequest) -> FallbackRoute?)? = nil,
        middleware: [any HTTPMiddleware] = [], limits: HTTPLimits = HTTPLimits()
    ) {
        self.migrations = migrations
        self.projections = projections
        self.publish = publish
        self.subscriptions = subscriptions
        self.timers = timers
        self.routes = routes
        self.invariants = invariants
        self.upcasters = upcasters
        self.components = components
        self.subcommands = subcommands
        self.accessKeys = accessKeys
        self.fallback = fallback
        self.middleware = middleware
        self.limits = limits
    }
}

/// A subcommand of a service's own: `analytics replay …`.
public struct Subcommand: Sendable {
    public let name: String
    /// What follows the name in the usage line: `[--report revenue|funnel]`.
    public let usage: String
    public let summary: String
    /// What `NAME --help` prints; the help of the whole program where it is empty.
    public let help: String
    /// Whether database and log are connected around it.
    public let needsDatabase: Bool
    /// Gets what follows the name on the command line.
    ///
    /// - Returns: the exit status.
    let run: @Sendable ([String]) async throws -> Int32

    public init(
        _ name: String, usage: String = "", summary: String, help: String = "",
        needsDatabase: Bool = true,
        run: @escaping @Sendable (_ arguments: [String]) async throws -> Int32
    ) {
        self.name = name
        self.usage = usage
        self.summary = summary
        self.help = help
        self.needsDatabase = needsDatabase
        self.run = run
    }
}
