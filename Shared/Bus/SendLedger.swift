internal import Synchronization

/// Counts the records that a producer has promised to send, and knows who waits for what.
final class SendLedger: Sendable {
    private struct State {
        /// Records without a result, by the epoch in which they were sent.
        var open: [Int: Int] = [:]
        /// Grows with each `settled`, so that it does not wait for what is sent later.
        var epoch = 0
        /// Those who wait for all epochs before theirs.
        var settlers: [(epoch: Int, continuation: CheckedContinuation<Void, Never>)] = []
        /// Grows whenever the library has room again.
        var generation = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isClosing = false
        var hasGivenUp = false
    }

    private let state = Mutex(State())

    /// Whether nothing waits for room any more.
    var hasGivenUp: Bool { state.withLock { $0.hasGivenUp } }
    var generation: Int { state.withLock { $0.generation } }

    /// Counts records in.
    ///
    /// - Returns: their epoch; nil when the producer is closing.
    func begin(_ count: Int) -> Int? {
        state.withLock { state in
            if state.isClosing { return nil }
            state.open[state.epoch, default: 0] += count
            return state.epoch
        }
    }

    /// Counts records out.
    func end(_ count: Int, of epoch: Int) {
        let done = state.withLock { state in
            state.open[epoch, default: 0] -= count
            if state.open[epoch] == 0 { state.open[epoch] = nil }
            return Self.takeSettled(&state)
        }
        for continuation in done { continuation.resume() }
    }

    private static func takeSettled(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        if state.settlers.isEmpty { return [] }
        let oldest = state.open.keys.min() ?? .max
        let done = state.settlers.filter { $0.epoch <= oldest }
        state.settlers.removeAll { $0.epoch <= oldest }
        return done.map(\.continuation)
    }

    /// Returns when everything that was counted in before is counted out.
    func settled() async {
        await withCheckedContinuation { continuation in
            let done = state.withLock { state in
                state.epoch += 1
                state.settlers.append((state.epoch, continuation))
                return Self.takeSettled(&state)
            }
            for continuation in done { continuation.resume() }
        }
    }

    /// Returns when there may be room again; at once when there was since `generation`.
    func room(since generation: Int) async {
        await withCheckedContinuation { continuation in
            let mayTry = state.withLock { state in
                if state.generation != generation || state.hasGivenUp { return true }
                state.waiters.append(continuation)
                return false
            }
            if mayTry { continuation.resume() }
        }
    }

    /// Lets so many of those who wait for room try again, the longest waiting first.
    func madeRoom(for count: Int) {
        let woken = state.withLock { state in
            state.generation += 1
            let woken = Array(state.waiters.prefix(count))
            state.waiters.removeFirst(woken.count)
            return woken
        }
        for continuation in woken { continuation.resume() }
    }

    /// - Returns: whether this was the first call.
    func close() -> Bool {
        state.withLock { state in
            defer { state.isClosing = true }
            return !state.isClosing
        }
    }

    /// Nobody waits for room any more.
    func giveUp() {
        state.withLock { $0.hasGivenUp = true }
        madeRoom(for: .max)
    }
}
