internal import EventTypes
internal import Runtime
internal import Synchronization

/// The end of a log as this process last heard of it; followers wait here for more.
public final class LogTail: Sendable {
    private struct State {
        var position: Int64 = 0
        var nextWaiter = 0
        var waiters: [Int: (after: Int64, continuation: CheckedContinuation<Void, Never>)] = [:]
        var listeners: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let loop: EventLoop

    init(loop: EventLoop) { self.loop = loop }

    /// The highest position heard of.
    public var position: Int64 { state.withLock { $0.position } }

    /// Has `body` called whenever the log has grown, for as long as the program runs.
    func onAdvance(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.listeners.append(body) }
    }

    /// Says that the log has reached `position`.
    func advance(to position: Int64) {
        let (due, listeners) = state.withLock { state in
            guard position > state.position else {
                return ([CheckedContinuation<Void, Never>](), [@Sendable () -> Void]())
            }
            state.position = position
            let due = state.waiters.filter { $0.value.after < position }
            for id in due.keys { state.waiters[id] = nil }
            return (due.values.map(\.continuation), state.listeners)
        }
        for continuation in due { continuation.resume() }
        for listener in listeners { listener() }
    }

    /// Returns once the log is known to be beyond `position`, after `limit`, or when the task is
    /// cancelled.
    func wait(beyond position: Int64, atMost limit: Duration) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let timer = LoopDeadline(on: loop, after: limit) { [weak self] in self?.release(id) }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.position > position || Task.isCancelled || timer.hasPassed {
                        return true
                    }
                    state.waiters[id] = (position, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            release(id)
        }
        timer.cancel()
    }

    private func release(_ id: Int) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
    }
}

/// A timer that may be made and cancelled on any thread.
final class LoopDeadline: @unchecked Sendable {
    // Safety of `@unchecked`: `timer` is touched on the loop's thread alone.
    private let loop: EventLoop
    private var timer: LoopTimer?
    private var isCancelled = false
    private let passed = Atomic(false)

    /// Calls `body` on the loop once `delay` has passed, unless it is cancelled before.
    init(on loop: EventLoop, after delay: Duration, _ body: @escaping @Sendable () -> Void) {
        self.loop = loop
        loop.submit { [self] in
            if isCancelled { return }
            let timer = LoopTimer(on: loop) { [passed = PassedFlag(self)] in
                passed.set()
                body()
            }
            self.timer = timer
            timer.start(after: delay)
        }
    }

    /// Whether its time came.
    var hasPassed: Bool { passed.load(ordering: .acquiring) }

    func cancel() {
        loop.submit { [self] in
            isCancelled = true
            timer?.cancel()
            timer = nil
        }
    }

    /// Lets the timer's closure set the flag without keeping the deadline alive.
    private struct PassedFlag {
        weak var deadline: LoopDeadline?
        init(_ deadline: LoopDeadline) { self.deadline = deadline }
        func set() { deadline?.passed.store(true, ordering: .releasing) }
    }
}
