/// Measures how late an event loop is: how long a callback waits for its turn. A loop that is late
/// has something on it that blocks or computes for too long.
public final class LoopLagMonitor: Component {
    private let loops: [EventLoop]
    private let interval: Duration
    private let lag: Histogram

    /// A monitor that asks each loop once every `interval`.
    public init(_ loops: [EventLoop], interval: Duration = .seconds(1), metrics: Metrics) {
        self.loops = loops
        self.interval = interval
        lag = metrics.histogram(
            "souk_event_loop_lag_seconds", "How long a callback waited for its event loop.",
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
        while !Task.isCancelled {
            let asked = ContinuousClock.now
            loop.submit { [lag] in lag.observe(ContinuousClock.now - asked, loop.name) }
            do { try await loop.sleep(for: interval) } catch { return }
        }
    }
}
