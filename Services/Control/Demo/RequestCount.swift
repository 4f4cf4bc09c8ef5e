internal import Synchronization

/// Counts what is sent from many tasks.
final class RequestCount: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func add() { count.add(1, ordering: .relaxed) }
}
