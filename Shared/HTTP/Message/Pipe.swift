internal import Synchronization

/// Brings things from a connection to whoever takes them, one reader on any thread, in order.
///
/// The connection pushes; when more than a window is held it stops reading its socket, and goes on
/// when the reader has made room.
final class Pipe<Element: Sendable>: Sendable {
    private struct State {
        var items: [(element: Element, weight: Int)] = []
        /// Items before this one are taken.
        var first = 0
        var held = 0
        var isEnded = false
        var error: (any Error)?
        var waiter: CheckedContinuation<Element?, any Error>?
        var isFull = false
    }

    private let state = Mutex(State())
    private let window: Int
    /// Called when the reader waits, or has made room after the pipe was full.
    private let onDemand: @Sendable () -> Void

    init(window: Int, onDemand: @escaping @Sendable () -> Void) {
        self.window = window
        self.onDemand = onDemand
    }

    /// Whether a window or more is held.
    var isFull: Bool { state.withLock { $0.isFull } }

    /// Whether a reader waits at this moment.
    var isAwaited: Bool { state.withLock { $0.waiter != nil } }

    func push(_ element: Element, weight: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Element?, any Error>? in
            if state.isEnded || state.error != nil { return nil }
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            state.items.append((element, weight))
            state.held += weight
            state.isFull = state.held >= window
            return nil
        }
        waiter?.resume(returning: element)
    }

    /// Nothing more will come.
    func finish() {
        state.withLock { state in
            state.isEnded = true
            defer { state.waiter = nil }
            return state.waiter
        }?.resume(returning: nil)
    }

    /// Breaks off; what is held already can still be taken. Without effect once finished.
    func fail(_ error: any Error) {
        state.withLock { state -> CheckedContinuation<Element?, any Error>? in
            if state.isEnded { return nil }
            if state.error == nil { state.error = error }
            defer { state.waiter = nil }
            return state.waiter
        }?.resume(throwing: error)
    }

    private enum Step {
        case element(Element, makesRoom: Bool)
        case end
        case failure(any Error)
        case wait
    }

    /// The next element; nil at the end.
    func next() async throws -> Element? {
        switch state.withLock({ Self.step(&$0, window) }) {
        case .element(let element, let makesRoom):
            if makesRoom { onDemand() }
            return element
        case .end: return nil
        case .failure(let error): throw error
        case .wait: return try await wait()
        }
    }

    private static func step(_ state: inout State, _ window: Int) -> Step {
        if state.first < state.items.count {
            let (element, weight) = state.items[state.first]
            state.first += 1
            if state.first == state.items.count {
                state.items = []
                state.first = 0
            }
            state.held -= weight
            let makesRoom = state.isFull && state.held <= window / 2
            if makesRoom { state.isFull = false }
            return .element(element, makesRoom: makesRoom)
        }
        if state.isEnded { return .end }
        if let error = state.error { return .failure(error) }
        return .wait
    }

    private func wait() async throws -> Element? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let step = state.withLock { state -> Step in
                    let step = Self.step(&state, window)
                    guard case .wait = step else { return step }
                    // A cancellation before this point found no waiter.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    precondition(state.waiter == nil, "a pipe has one reader")
                    state.waiter = continuation
                    return .wait
                }
                switch step {
                case .element(let element, let makesRoom):
                    if makesRoom { onDemand() }
                    continuation.resume(returning: element)
                case .end: continuation.resume(returning: nil)
                case .failure(let error): continuation.resume(throwing: error)
                case .wait: onDemand()
                }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }?.resume(throwing: CancellationError())
        }
    }
}
