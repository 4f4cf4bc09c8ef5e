public import Database
public import EventStore
public import HTTP
public import Runtime

/// What a service is built from.
public struct ServiceContext: Sendable {
    public let name: String
    public let configuration: Configuration
    public let loop: EventLoop
    public let logger: Logger
    public let metrics: Metrics
    public let tracer: Tracer
    public let clock: any WallClock
    public let ids: any IdentifierGenerator
    public let random: any RandomSource
    /// The service's own schema.
    public let pool: DatabasePool
    public let store: any EventStore
    /// For providers outside the platform; for other services use `neighbour(_:)`.
    public let http: HTTPClient
    /// Signs calls to other services.
    public let tokens: ServiceTokens
    /// The keys of the people whose sealed texts this service may open, kept for a short time.
    public let subjectKeys: any SubjectKeys
    let neighbours: [String: Neighbour]
    let waiter: any ProjectionWaiting

    package init(
        name: String, configuration: Configuration, loop: EventLoop, logger: Logger,
        metrics: Metrics, tracer: Tracer, clock: any WallClock, ids: any IdentifierGenerator,
        random: any RandomSource, pool: DatabasePool, store: any EventStore, http: HTTPClient,
        tokens: ServiceTokens, subjectKeys: any SubjectKeys, neighbours: [String: Neighbour],
        waiter: any ProjectionWaiting
    ) {
        self.name = name
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        self.metrics = metrics
        self.tracer = tracer
        self.clock = clock
        self.ids = ids
        self.random = random
        self.pool = pool
        self.store = store
        self.http = http
        self.tokens = tokens
        self.subjectKeys = subjectKeys
        self.neighbours = neighbours
        self.waiter = waiter
    }

    /// Another service by its name, as listed in `SoukService.neighbours`; asking for one that is
    /// not listed traps.
    public func neighbour(_ name: String) -> Neighbour {
        guard let neighbour = neighbours[name] else {
            preconditionFailure("\(self.name) does not list \(name) as a neighbour")
        }
        return neighbour
    }

    /// Waits (at most `projectionTimeout`) until these projections show everything up to
    /// `position`.
    ///
    /// - Returns: whether they do.
    @discardableResult
    public func waitForProjections(_ position: Int64, _ names: [String]) async -> Bool {
        await waiter.wait(for: position, names, timeout: Self.projectionTimeout)
    }

    /// How long an answer waits for its projections.
    public static let projectionTimeout: Duration = .seconds(2)
}

/// Whoever knows how far the projections are.
package protocol ProjectionWaiting: Sendable {
    /// - Parameter names: all projections where it is nil.
    /// - Returns: whether they reached `position` in time.
    func wait(for position: Int64, _ names: [String]?, timeout: Duration) async -> Bool
}
