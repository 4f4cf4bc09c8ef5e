internal import Synchronization

/// Gathers the results of records that were sent together.
public final class BatchReceipt: Sendable {
    private struct State {
        var results: [Result<Delivery, BusError>?]
        var missing: Int
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(results: Array(repeating: nil, count: count), missing: count))
    }

    func settle(_ index: Int, _ result: Result<Delivery, BusError>) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.results[index] == nil else { return nil }
            state.results[index] = result
            state.missing -= 1
            guard state.missing == 0 else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// All results, in the order of the records, once they are there. For one caller.
    public func results() async -> [Result<Delivery, BusError>] {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.missing == 0 { return true }
                state.waiter = continuation
                return false
            }
            if isDone { continuation.resume() }
        }
        return state.withLock { $0.results.compactMap { $0 } }
    }
}

/// Which record a report of the library is about.
final class SendTicket: Sendable {
    let receipt: BatchReceipt
    let index: Int
    let epoch: Int

    init(receipt: BatchReceipt, index: Int, epoch: Int) {
        self.receipt = receipt
        self.index = index
        self.epoch = epoch
    }
}
