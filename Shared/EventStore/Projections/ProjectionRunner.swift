public import Database
public import Runtime

/// Keeps read models up to date with the log.
public final class ProjectionRunner: Component {
    public init(
        store: PostgresEventStore, pool: DatabasePool, projections: [any Projection],
        loop: EventLoop, clock: any WallClock, logger: Logger, metrics: Metrics
    ) {}

    public func run(_ lifecycle: Lifecycle) async throws { throw EventStoreError.closed }

    /// Waits until the projections named, or all, have passed `position`.
    ///
    /// - Returns: whether they did within `timeout`.
    public func wait(
        for position: Int64, _ names: [String]?, timeout: Duration = .seconds(2)
    ) async -> Bool { false }

    /// Builds a projection anew while the present one is served, verifies it, and switches.
    public func rebuild(
        _ name: String, progress: (@Sendable (RebuildProgress) -> Void)? = nil
    ) async throws -> RebuildReport { throw EventStoreError.closed }
}

/// How far a rebuild is.
public struct RebuildProgress: Sendable, Hashable {
    /// building → indexing → catchingUp → verifying → switching
    public enum Phase: String, Sendable {
        case building, indexing, catchingUp, verifying, switching
    }

    public let phase: Phase
    /// Positions passed so far.
    public let done: Int64
    /// The log's head, as last looked at.
    public let total: Int64
    public let elapsed: Duration

    /// How long the rest of the building will take at the present rate.
    public var estimate: Duration? {
        guard done > 0 else { return nil }
        return elapsed * (Double(max(0, total - done)) / Double(done))
    }
}

/// What a rebuild came to.
public struct RebuildReport: Sendable, Hashable {
    public let projection: String
    /// Events read.
    public let events: Int64
    /// Rows of each table, in the order of `Projection.tables`.
    public let rows: [Int64]
    /// The position at which the new tables took over.
    public let handover: Int64
    /// Whether the old tables' content was the same; nil when they had another form.
    public let wasIdentical: Bool?
    public let elapsed: Duration
}
