/// Measures how late an event loop is: how long a callback waits for its turn. A loop that is late
/// has something on it that blocks or computes for too long.
public final class LoopLagMonitor: Component {
    private let loops: [EventLoop]
    private let interval: Duration
    private let lag: Histogram
    private let worst: Gauge

    /// How many of the last measurements the worst is taken of.
    static let memory = 60

    /// A monitor that asks each loop once every `interval`.
    public init(_ loops: [EventLoop], interval: Duration = .seconds(1), metrics: Metrics) {
        self.loops = loops
        self.interval = interval
        lag = metrics.histogram(
            "souk_event_loop_lag_seconds", "How long a callback waited for its event loop.",
            labels: ["loop"])
        worst = metrics.gauge(
            "souk_event_loop_lag_worst_seconds",
            "The longest that a callback waited for its event loop, of the last 60 measurements.",
            labels: ["loop"])
    }

    /// Measures until it is asked to stop.
    public func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.ready()
        await withTaskGroup(of: Void.self) { group in
            for loop in loops {
                group.addTask(executorPreference: loop) { [self] in await watch(loop) }
            }
            await lifecycle.shutdownRequested()
            group.cancelAll()
        }
    }

    private func watch(_ loop: EventLoop) async {
        let recent = Recent()
        var late = Duration.zero
        while !Task.isCancelled {
            let asked = ContinuousClock.now
            loop.submit { [lag, worst, late] in
                // A loop that was held up between two measurements shows in its timer.
                let waited = max(ContinuousClock.now - asked, late)
                lag.observe(waited, loop.name)
                worst.set(recent.worst(with: waited).inSeconds, loop.name)
            }
            let due = ContinuousClock.now + interval
            do { try await loop.sleep(for: interval) } catch { return }
            late = max(.zero, ContinuousClock.now - due)
        }
    }

    /// The last measurements of one loop.
    private final class Recent: @unchecked Sendable {
        // Safety of `@unchecked`: touched on that loop's thread only.
        private var waits: [Duration] = []
        private var next = 0

        func worst(with wait: Duration) -> Duration {
            if waits.count < LoopLagMonitor.memory {
                waits.append(wait)
            } else {
                waits[next] = wait
            }
            next = (next + 1) % LoopLagMonitor.memory
            return waits.max() ?? wait
        }
    }
}
