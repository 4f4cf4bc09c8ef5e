internal import EventStore
internal import Synchronization

/// The way from a service's context to its projections, which are known only once it is built.
package final class LateWaiter: ProjectionWaiting {
    private let waiter = Mutex<(any ProjectionWaiting)?>(nil)

    package init() {}

    package func set(_ waiter: any ProjectionWaiting) { self.waiter.withLock { $0 = waiter } }

    /// Without projections nothing is behind.
    package func wait(for position: Int64, _ names: [String]?, timeout: Duration) async -> Bool {
        guard let waiter = waiter.withLock({ $0 }) else { return true }
        return await waiter.wait(for: position, names, timeout: timeout)
    }
}

extension ProjectionRunner: ProjectionWaiting {}
