public import Database
internal import EventTypes
public import Runtime

/// Measures, for alarms, how far everything is that follows a log, and who waits for a lock.
public struct HealthMeter: Component {
    static let interval: Duration = .seconds(5)
    /// A reading that takes longer has failed.
    static let timeout: Duration = .seconds(4)

    private let pool: DatabasePool
    private let loop: EventLoop
    private let isUp: Gauge
    private let head: Gauge
    private let behind: Gauge
    private let oldest: Gauge
    private let parkedEvents: Gauge
    private let parkedOldest: Gauge
    private let timers: Gauge
    private let timersOldest: Gauge
    private let blocked: Gauge
    private let blockedSeconds: Gauge

    /// - Parameter pool: its own, so that it sees what others wait for instead of waiting with
    ///   them.
    public init(pool: DatabasePool, loop: EventLoop, metrics: Metrics) {
        self.pool = pool
        self.loop = loop
        isUp = metrics.gauge(
            "souk_database_up", "Whether the log could be read when it was last tried (1) or not.")
        head = metrics.gauge("souk_log_position", "The last position of the log.")
        behind = metrics.gauge(
            "souk_follower_behind_events", "Events that a follower of the log has not passed.",
            labels: ["follower"])
        oldest = metrics.gauge(
            "souk_follower_oldest_seconds",
            "The age of the first event that a follower of the log has not passed; 0 for none.",
            labels: ["follower"])
        parkedEvents = metrics.gauge(
            "souk_parked_events", "Events that could not be handled and those behind them.",
            labels: ["source"])
        parkedOldest = metrics.gauge(
            "souk_parked_oldest_seconds", "For how long the first of them has been parked.",
            labels: ["source"])
        timers = metrics.gauge(
            "souk_timers_overdue", "Timers that should have been handled long ago.",
            labels: ["kind"])
        timersOldest = metrics.gauge(
            "souk_timers_overdue_seconds", "How late the latest of them is.", labels: ["kind"])
        blocked = metrics.gauge(
            "souk_database_blocked_sessions", "Sessions of this service that wait for a lock.")
        blockedSeconds = metrics.gauge(
            "souk_database_blocked_seconds", "How long the longest of them has waited.")
    }

    /// Measures until shutdown. Ready at once: what cannot be read is no reason not to serve.
    public func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.ready()
        var last: LogHealth?
        repeat {
            do {
                // First: a lock may be why the log cannot be read.
                try await showBlocked()
                let health = try await LogHealth.read(pool, timeout: Self.timeout)
                show(health, after: last)
                last = health
                isUp.set(1)
            } catch {
                isUp.set(0)
            }
        } while await lifecycle.pause(Self.interval, on: loop)
        await pool.close()
    }

    /// - Parameter last: the reading before, whose series fall back to zero when they are over.
    func show(_ health: LogHealth, after last: LogHealth?) {
        head.set(Double(health.head))
        for follower in health.followers {
            behind.set(Double(health.head - follower.position), follower.name)
            let age = follower.oldest.map { health.now.since($0) } ?? .zero
            oldest.set(age.inSeconds, follower.name)
        }
        for over in last?.parked ?? [] {
            parkedEvents.set(0, over.source)
            parkedOldest.set(0, over.source)
        }
        for parked in health.parked {
            parkedEvents.set(Double(parked.events), parked.source)
            parkedOldest.set(health.now.since(parked.oldest).inSeconds, parked.source)
        }
        for over in last?.overdue ?? [] {
            timers.set(0, over.kind)
            timersOldest.set(0, over.kind)
        }
        for late in health.overdue {
            timers.set(Double(late.count), late.kind)
            timersOldest.set(health.now.since(late.oldest).inSeconds, late.kind)
        }
    }

    /// Who waits for a lock, and for how long.
    func showBlocked() async throws {
        let row = try await pool.query(
            """
            select count(*) as sessions, coalesce(extract(epoch from
                clock_timestamp() - min(l.waitstart)), 0)::float8 as seconds
            from pg_locks as l join pg_stat_activity as a on a.pid = l.pid
            where not l.granted and a.usename = current_user and a.datname = current_database()
            """, isReadOnly: true, timeout: Self.timeout
        ).first
        guard let row else { return }
        blocked.set(Double(try row.get("sessions", as: Int64.self)))
        blockedSeconds.set(try row.get("seconds", as: Double.self))
    }
}
