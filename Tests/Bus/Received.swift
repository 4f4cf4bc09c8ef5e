import Bus
import Synchronization

/// Keeps the records that handlers got, and lets a test wait for them.
final class Received: Sendable {
    private struct State {
        var records: [BusRecord] = []
        var waiters:
            [(condition: @Sendable ([BusRecord]) -> Bool, CheckedContinuation<Void, Never>)] =
                []
    }

    private let state = Mutex(State())

    var records: [BusRecord] { state.withLock { $0.records } }
    var texts: [String] { records.map(\.text) }

    func add(_ batch: PartitionBatch) {
        let woken = state.withLock { state in
            state.records += batch.records
            let records = state.records
            let woken = state.waiters.filter { $0.condition(records) }
            state.waiters.removeAll { $0.condition(records) }
            return woken
        }
        for waiter in woken { waiter.1.resume() }
    }

    /// Returns when the records fulfil `condition`, or when the test's time is over.
    func wait(until condition: @escaping @Sendable ([BusRecord]) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if condition(state.records) || Task.isCancelled { return true }
                    state.waiters.append((condition, continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiters = state.withLock { state in
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.1.resume() }
        }
    }

    func wait(count: Int) async { await wait { $0.count >= count } }
}

extension BusRecord {
    var text: String { String(decoding: value, as: UTF8.self) }
}
