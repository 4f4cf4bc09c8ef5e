internal import EventTypes
internal import Runtime
internal import Synchronization

/// The end of a log as this process last heard of it; followers wait here for more.
public final class LogTail: Sendable {
    private struct Waiter {
        let after: Int64
        let until: ContinuousClock.Instant
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var position: Int64 = 0
        var lastWaiter = 0
        var waiters: [Int: Waiter] = [:]
        /// When it is looked next whose time is over. Most are gone by then, so one timer serves
        /// all.
        var nextCheck: ContinuousClock.Instant?
        var listeners: [@Sendable () -> Void] = []
    }

    private enum Step { case over, wait, arm }

    private let state = Mutex(State())
    private let loop: EventLoop
    private let timer: TailTimer

    init(loop: EventLoop) {
        self.loop = loop
        timer = TailTimer(loop)
    }

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
            return (Self.take(&state) { $0.after < position }, state.listeners)
        }
        for continuation in due { continuation.resume() }
        for listener in listeners { listener() }
    }

    /// Returns once the log is known to be beyond `position`, after `limit`, or when the task is
    /// cancelled.
    func wait(beyond position: Int64, atMost limit: Duration) async {
        let until = ContinuousClock.now + limit
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let step = state.withLock { state -> Step in
                    if state.position > position || Task.isCancelled { return .over }
                    state.waiters[id] = Waiter(
                        after: position, until: until, continuation: continuation)
                    if let next = state.nextCheck, next <= until { return .wait }
                    state.nextCheck = until
                    return .arm
                }
                switch step {
                case .over: continuation.resume()
                case .wait: break
                case .arm: arm()
                }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }

    private func arm() {
        loop.submit { [weak self] in
            guard let self, let next = state.withLock({ $0.nextCheck }) else { return }
            timer.start(after: next - .now) { [weak self] in self?.check() }
        }
    }

    /// Lets those go whose time is over.
    private func check() {
        let now = ContinuousClock.now
        let (due, isMore) = state.withLock { state in
            let due = Self.take(&state) { $0.until <= now }
            state.nextCheck = state.waiters.values.map(\.until).min()
            return (due, state.nextCheck != nil)
        }
        for continuation in due { continuation.resume() }
        if isMore { arm() }
    }

    private static func take(
        _ state: inout State, where isDue: (Waiter) -> Bool
    ) -> [CheckedContinuation<Void, Never>] {
        let due = state.waiters.filter { isDue($0.value) }
        for id in due.keys { state.waiters[id] = nil }
        return due.values.map(\.continuation)
    }
}

/// The one timer of a tail, which may be released on any thread.
private final class TailTimer: @unchecked Sendable {
    // Safety of `@unchecked`: `timer` is touched on the loop's thread alone, and when nobody else
    // has this any more.
    private let loop: EventLoop
    private var timer: LoopTimer?

    init(_ loop: EventLoop) { self.loop = loop }

    /// Starts, or starts over. On the loop's thread.
    func start(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
        timer = LoopTimer(on: loop, onFire: body)
        timer?.start(after: delay)
    }

    deinit {
        guard let timer else { return }
        loop.submit { timer.cancel() }
    }
}
