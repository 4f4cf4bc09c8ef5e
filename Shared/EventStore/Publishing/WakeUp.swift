internal import Runtime
internal import Synchronization

/// Lets one waiter sleep until there is news or some time has passed. News that comes while nobody
/// waits is not lost.
final class WakeUp: Sendable {
    private struct State {
        var hasNews = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func wake() {
        let waiter = state.withLock { state in
            state.hasNews = state.waiter == nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func wait(atMost duration: Duration, on loop: EventLoop) async {
        let isAwake = state.withLock { state in
            defer { state.hasNews = false }
            return state.hasNews
        }
        if isAwake { return }
        let alarm = AlarmBox()
        Self.perform(on: loop) {
            let timer = LoopTimer(on: loop) { [weak self] in self?.ring() }
            timer.start(after: duration)
            alarm.timer = timer
        }
        await withCheckedContinuation { continuation in
            let isLate = state.withLock { state in
                if state.hasNews {
                    state.hasNews = false
                    return true
                }
                state.waiter = continuation
                return false
            }
            if isLate { continuation.resume() }
        }
        Self.perform(on: loop) {
            alarm.timer?.cancel()
            alarm.timer = nil
        }
    }

    private static func perform(on loop: EventLoop, _ body: @escaping @Sendable () -> Void) {
        if loop.isCurrent { body() } else { loop.submit(body) }
    }

    /// The time is up: wakes the waiter, and nobody later.
    private func ring() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    private final class AlarmBox: @unchecked Sendable {
        // Safety of `@unchecked`: touched on the loop's thread only, through `perform`.
        var timer: LoopTimer?
    }
}
