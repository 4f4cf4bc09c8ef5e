internal import Synchronization

/// Gathers the results of records that were sent together.
public final class BatchReceipt: @unchecked Sendable {
    // Safety of `@unchecked`: `tickets` is filled before anybody else has the receipt and not
    // changed until it goes; the rest is behind its lock.

    private struct State {
        /// Where the records are, once they are there.
        var deliveries: [Delivery]
        var failures: [Int: BusError] = [:]
        var missing: Int
        var waiter: CheckedContinuation<Void, Never>?
    }

    private static let nowhere = Delivery(partition: -1, offset: .min)

    private let state: Mutex<State>
    private let tickets: UnsafeMutableBufferPointer<SendTicket>

    /// - Parameter epoch: of all its records.
    init(count: Int, epoch: Int = 0) {
        state = Mutex(
            State(deliveries: Array(repeating: Self.nowhere, count: count), missing: count))
        tickets = .allocate(capacity: count)
        for index in 0..<count {
            tickets.initializeElement(
                at: index,
                to: SendTicket(receipt: Unmanaged.passUnretained(self), index: index, epoch: epoch))
        }
        // Until the last result is there.
        if count > 0 { _ = Unmanaged.passRetained(self) }
    }

    deinit { tickets.deallocate() }

    /// What goes through the library with a record: valid until that has its result.
    func ticket(_ index: Int) -> UnsafeMutablePointer<SendTicket> {
        tickets.baseAddress! + index
    }

    func settle(_ index: Int, _ result: Result<Delivery, BusError>) {
        let (isLast, waiter) = state.withLock { state in
            guard state.deliveries[index] == Self.nowhere, state.failures[index] == nil else {
                return (false, nil as CheckedContinuation<Void, Never>?)
            }
            switch result {
            case .success(let delivery): state.deliveries[index] = delivery
            case .failure(let error): state.failures[index] = error
            }
            state.missing -= 1
            guard state.missing == 0 else { return (false, nil) }
            defer { state.waiter = nil }
            return (true, state.waiter)
        }
        waiter?.resume()
        if isLast { Unmanaged.passUnretained(self).release() }
    }

    /// All results, in the order of the records, once they are there. For one caller.
    public func results() async -> [Result<Delivery, BusError>] {
        await settled()
        return state.withLock { state in
            state.deliveries.enumerated().map { index, delivery in
                state.failures[index].map { .failure($0) } ?? .success(delivery)
            }
        }
    }

    /// Where all records are, in their order, once they are there. For one caller.
    ///
    /// - Throws: what became of the first that is not.
    public func deliveries() async throws(BusError) -> [Delivery] {
        await settled()
        let (deliveries, failure) = state.withLock { state in
            (state.deliveries, state.failures.min { $0.key < $1.key }?.value)
        }
        if let failure { throw failure }
        return deliveries
    }

    private func settled() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.missing == 0 { return true }
                state.waiter = continuation
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}

/// Which record a report of the library is about.
struct SendTicket {
    /// Lives at least until the record has its result.
    let receipt: Unmanaged<BatchReceipt>
    let index: Int
    let epoch: Int
}
