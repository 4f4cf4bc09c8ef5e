internal import Database
internal import EventTypes
public import Runtime

/// Handles timers when they are due by the database's clock.
///
/// Every process of a service may run one: a timer is leased to one worker at a time, and handling
/// it is one unit of work that also removes it. What fails is tried again, ever more rarely; what a
/// worker held when it died is free again when its lease ends.
public final class TimerRunner: Component {
    /// The most timers leased at once.
    static let batchLimit = 32
    /// How long a worker may hold a timer.
    static let lease: Duration = .seconds(30)
    /// How long at most until the timers are looked at again.
    static let idleLimit: Duration = .seconds(1)

    private let store: PostgresEventStore
    private let handlers: [String: TimerHandler]
    private let loop: EventLoop
    private let logger: Logger
    private let handled: Counter
    private let failures: Counter

    public init(
        store: PostgresEventStore, handlers: [TimerHandler], loop: EventLoop, logger: Logger,
        metrics: Metrics
    ) {
        self.store = store
        self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.kind, $0) })
        self.loop = loop
        self.logger = logger
        handled = metrics.counter(
            "souk_timers_handled_total", "Timers that were handled.", labels: ["kind"])
        failures = metrics.counter(
            "souk_timer_failures_total", "Attempts at timers that failed.", labels: ["kind"])
    }

    public func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.ready()
        while !lifecycle.isShuttingDown {
            do {
                if try await handleDue() > 0 { continue }
            } catch {
                if lifecycle.isShuttingDown { return }
                logger.warning("timers could not be looked at", ["error": "\(error)"])
            }
            await pause(lifecycle)
        }
    }

    /// Handles the timers that are due now, at most `batchLimit`.
    ///
    /// - Returns: how many were tried.
    @discardableResult
    public func handleDue() async throws -> Int {
        let lease = store.ids.next(EventTag.self)
        let due = try await claim(lease)
        await withTaskGroup(of: Void.self) { group in
            for timer in due {
                group.addTask(executorPreference: loop) { await self.handle(timer, lease) }
            }
        }
        return due.count
    }

    /// Until news of the log, the next timer's time, or the shutdown.
    private func pause(_ lifecycle: Lifecycle) async {
        let limit = (try? await nextDue()) ?? Self.idleLimit
        let tail = store.tail
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await tail.wait(beyond: tail.position, atMost: limit) }
            group.addTask { await lifecycle.shutdownRequested() }
            await group.next()
            group.cancelAll()
        }
    }

    private func nextDue() async throws -> Duration {
        let rows = try await store.pool.query(
            """
            select (extract(epoch from min(ready_at) - clock_timestamp()) * 1000)::bigint
            from timer where kind = any(\(handlers.keys.sorted()))
            """, isReadOnly: true)
        guard let wait = try rows.first?.get(0, as: Int64?.self) else { return Self.idleLimit }
        return min(Self.idleLimit, .milliseconds(max(1, wait)))
    }

    private func claim(_ lease: EventID) async throws -> [DueTimer] {
        let rows = try await store.pool.query(
            """
            update timer set lease = \(lease), attempts = attempts + 1,
                ready_at = clock_timestamp() + \(Self.lease.inMilliseconds) * interval '1 ms'
            where (kind, key) in (
                select kind, key from timer
                where ready_at <= clock_timestamp() and kind = any(\(handlers.keys.sorted()))
                order by ready_at limit \(Self.batchLimit) for update skip locked)
            returning kind, key, due, payload, attempts - 1 as tried, clock_timestamp() as now
            """)
        return try rows.map { row in
            DueTimer(
                kind: try row.get("kind"), key: try row.get("key"), due: try row.get("due"),
                now: try row.get("now"), payload: try row.get("payload"),
                attempts: Int(try row.get("tried", as: Int64.self)))
        }
    }

    private func handle(_ timer: DueTimer, _ lease: EventID) async {
        guard let handler = handlers[timer.kind] else { return }
        var turn = TimerTurn(attempts: timer.attempts)
        while true {
            switch turn.next {
            case .done: return
            case .postpone(let pause):
                await postpone(timer, lease, pause)
                turn.postponed()
            case .handle:
                do {
                    try await commit(timer, lease, handler)
                    turn.committed()
                    handled.add(1, timer.kind)
                } catch EventStoreError.timerGone {
                    turn.wasGone()
                } catch {
                    turn.failed()
                    noteFailure(timer, error)
                }
            }
        }
    }

    private func commit(
        _ timer: DueTimer, _ lease: EventID, _ handler: TimerHandler
    ) async throws {
        let context = CommandContext(
            correlationID: CorrelationID(store.ids.next(EventTag.self)), actor: "timer")
        try await store.commit(context) { unit in
            unit.finish(TimerLease(kind: timer.kind, key: timer.key, lease: lease))
            try await handler.handle(timer, unit)
        }
    }

    private func noteFailure(_ timer: DueTimer, _ error: any Error) {
        failures.add(1, timer.kind)
        logger.error(
            "a timer could not be handled and is tried again",
            [
                "kind": timer.kind, "key": timer.key, "attempts": timer.attempts + 1,
                "error": "\(error)",
            ])
    }

    private func postpone(_ timer: DueTimer, _ lease: EventID, _ pause: Duration) async {
        _ = try? await store.pool.execute(
            """
            update timer set lease = null,
                ready_at = clock_timestamp() + \(pause.inMilliseconds) * interval '1 ms'
            where kind = \(timer.kind)::text and key = \(timer.key)::text and lease = \(lease)
            """)
    }
}
