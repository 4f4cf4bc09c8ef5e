internal import Synchronization

/// Says that there is work to one of the tasks that wait for it; a call that comes early is
/// remembered.
final class WorkSignal: Sendable {
    private struct State {
        var isSet = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Lets one of those that wait, or the next one, go on.
    func signal() {
        let waiter = state.withLock { state in
            if state.waiters.isEmpty { state.isSet = true }
            return state.waiters.popLast()
        }
        waiter?.resume()
    }

    /// Returns after a `signal`, at once if there was one that nobody waited for, or when the task
    /// is cancelled, which wakes others too.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isSet || Task.isCancelled {
                        state.isSet = false
                        return true
                    }
                    state.waiters.append(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiters = state.withLock { state in
                state.isSet = true
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
    }
}
