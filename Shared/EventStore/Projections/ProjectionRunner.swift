public import Database
public import Runtime
internal import Synchronization

/// Keeps read models up to date with the log.
///
/// One process at a time does it for a log; the others stand by and only watch how far it is. All
/// of them tell each other what is new. The tables of a projection whose form has changed are built
/// anew before the component is ready.
public final class ProjectionRunner: Component {
    /// The most events of one transaction.
    static let batchLimit = 1_000
    static let firstRetryPause: Duration = .milliseconds(50)
    static let longestRetryPause: Duration = .seconds(5)

    /// How often things are looked at unasked.
    struct Pace: Sendable {
        /// How long the log may be quiet before it is read again.
        var idleLimit: Duration = .seconds(5)
        /// How often a process that stands by looks, and tries to take over.
        var standbyInterval: Duration = .milliseconds(100)

        init() {}
    }

    private let store: PostgresEventStore
    private let pool: DatabasePool
    private let projections: [any Projection]
    private let loop: EventLoop
    private let logger: Logger
    private let pace: Pace
    private let tails: [String: LogTail]
    private let news: LogNews
    private let position: Gauge
    private let failures: Counter

    public convenience init(
        store: PostgresEventStore, pool: DatabasePool, projections: [any Projection],
        loop: EventLoop, clock: any WallClock, logger: Logger, metrics: Metrics
    ) {
        self.init(
            store: store, pool: pool, projections: projections, loop: loop, logger: logger,
            metrics: metrics, pace: Pace())
    }

    init(
        store: PostgresEventStore, pool: DatabasePool, projections: [any Projection],
        loop: EventLoop, logger: Logger, metrics: Metrics, pace: Pace
    ) {
        self.pace = pace
        self.store = store
        self.pool = pool
        self.projections = projections
        self.loop = loop
        self.logger = logger
        tails = Dictionary(
            uniqueKeysWithValues: projections.map { ($0.name, LogTail(loop: loop)) })
        news = LogNews(store: store, tails: tails, pool: pool, loop: loop)
        position = metrics.gauge(
            "souk_projection_position", "The position up to which a projection shows the log.",
            labels: ["projection"])
        failures = metrics.counter(
            "souk_projection_failures_total", "Batches that could not be projected.",
            labels: ["projection"])
    }

    public func run(_ lifecycle: Lifecycle) async throws {
        try await prepare()
        lifecycle.ready()
        while !lifecycle.isShuttingDown {
            do {
                try await pool.withConnection { connection in
                    try await self.takePart(connection, lifecycle)
                }
            } catch is ProjectionTables.Fenced {
                logger.notice("another process projects this log now")
            } catch {
                if lifecycle.isShuttingDown { return }
                logger.warning("projecting was interrupted", ["error": "\(error)"])
            }
            await watch()
            _ = await lifecycle.pause(pace.standbyInterval, on: loop)
        }
    }

    /// Projects when no other process does, and hears of the others on the same connection.
    private func takePart(_ connection: Connection, _ lifecycle: Lifecycle) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) {
                try await self.news.exchange(on: connection)
            }
            group.addTask(executorPreference: loop) {
                while !lifecycle.isShuttingDown, !Task.isCancelled {
                    try await self.lead(connection, lifecycle)
                    await self.watch()
                    _ = await lifecycle.pause(self.pace.standbyInterval, on: self.loop)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Waits until the projections named, or all, have passed `position`.
    ///
    /// - Returns: whether they did within `timeout`.
    public func wait(
        for position: Int64, _ names: [String]?, timeout: Duration = .seconds(2)
    ) async -> Bool {
        let deadline = ContinuousClock.now + timeout
        for name in names ?? projections.map(\.name) {
            guard let tail = tails[name] else { return false }
            while tail.position < position {
                let left = deadline - ContinuousClock.now
                if left <= .zero || Task.isCancelled { return false }
                await tail.wait(beyond: position - 1, atMost: left)
            }
        }
        return true
    }

    /// Builds a projection anew while the present one is served, compares them, and switches.
    ///
    /// - Throws: `RebuildError` when there is none of this name or one is under way.
    public func rebuild(
        _ name: String, progress: (@Sendable (RebuildProgress) -> Void)? = nil
    ) async throws -> RebuildReport {
        guard let projection = projections.first(where: { $0.name == name }) else {
            throw RebuildError.unknown(name)
        }
        try await ProjectionTables.create(projection, pool)
        return try await rebuilding(projection, progress).run()
    }

    /// Folds a projection afresh beside the present one, compares them, and throws the fresh one
    /// away.
    ///
    /// - Returns: what was compared; `wasIdentical` is the answer.
    public func audit(_ name: String) async throws -> RebuildReport {
        guard let projection = projections.first(where: { $0.name == name }) else {
            throw RebuildError.unknown(name)
        }
        try await ProjectionTables.create(projection, pool)
        return try await rebuilding(projection, nil).run(switching: false)
    }

    private func rebuilding(
        _ projection: any Projection, _ progress: (@Sendable (RebuildProgress) -> Void)?
    ) -> ProjectionRebuild {
        ProjectionRebuild(projection: projection, store: store, pool: pool, progress: progress)
    }

    // MARK: Before the start

    private func prepare() async throws {
        let standings = try await pool.withConnection { try await ProjectionTables.read($0) }
        for projection in projections {
            guard let standing = standings[projection.name] else {
                try await ProjectionTables.create(projection, pool)
                continue
            }
            if standing.fits(projection) { continue }
            logger.notice(
                "a projection has a new form and is built anew", ["projection": projection.name])
            let report = try await rebuilding(projection, nil).run()
            logger.notice(
                "a projection was built anew",
                ["projection": projection.name, "events": report.events])
        }
        await watch()
    }

    // MARK: Following the log

    /// Notes how far whoever projects has come.
    private func watch() async {
        guard let checkpoints = try? await ProjectionTables.checkpoints(pool) else { return }
        for (name, checkpoint) in checkpoints { tails[name]?.advance(to: checkpoint) }
    }

    /// Projects until shutdown or until another process takes over; returns at once when one does.
    private func lead(_ connection: Connection, _ lifecycle: Lifecycle) async throws {
        guard try await ProjectionTables.lock(connection) else { return }
        news.setLeading(true)
        defer { news.setLeading(false) }
        try await ProjectionTables.fence(projections.map(\.name), connection)
        let standings = try await ProjectionTables.read(connection)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for projection in projections {
                guard let standing = standings[projection.name], standing.fits(projection) else {
                    logger.warning(
                        "a newer program has changed a projection; it is not followed here",
                        ["projection": projection.name])
                    continue
                }
                group.addTask(executorPreference: loop) {
                    try await self.follow(projection, standing)
                }
            }
            group.addTask { await lifecycle.shutdownRequested() }
            try await group.next()
            group.cancelAll()
        }
        try await connection.unlock(ProjectionTables.lockName)
    }

    private func follow(
        _ projection: any Projection, _ standing: ProjectionTables.Standing
    ) async throws {
        var cursor = ProjectionCursor(checkpoint: standing.checkpoint, fence: standing.fence)
        var pause = Self.firstRetryPause
        note(projection, cursor.checkpoint)
        while !Task.isCancelled {
            do {
                let events = try await store.news(
                    after: cursor.checkpoint, limit: Self.batchLimit)
                if let last = events.last {
                    try await ProjectionTables.apply(events, to: projection, cursor, pool)
                    cursor.applied(upTo: last.position)
                    note(projection, last.position)
                } else {
                    await store.tail.wait(beyond: cursor.checkpoint, atMost: pace.idleLimit)
                }
                pause = Self.firstRetryPause
            } catch let error as ProjectionTables.Fenced {
                throw error
            } catch {
                if Task.isCancelled { return }
                failures.add(1, projection.name)
                logger.error(
                    "events could not be projected and are tried again",
                    [
                        "projection": projection.name, "after": cursor.checkpoint,
                        "error": "\(error)",
                    ])
                try? await loop.sleep(for: pause)
                pause = min(pause * 2, Self.longestRetryPause)
            }
        }
    }

    private func note(_ projection: any Projection, _ checkpoint: Int64) {
        position.set(Double(checkpoint), projection.name)
        tails[projection.name]?.advance(to: checkpoint)
    }
}
