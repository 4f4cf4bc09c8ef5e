/// Goes once more through the parked events of a stream, in their order, until one fails or none is
/// left. Pure: it says what to do next, and is told what came of it.
struct ParkedRetry: Sendable {
    enum Action: Sendable, Equatable {
        /// Read what is parked now, and tell `found`.
        case read
        /// Handle an event and remove it from the parked ones, in one transaction.
        case handle(id: Int64)
        /// Note why an event failed again.
        case note(id: Int64, reason: String)
        case done
    }

    private(set) var handled = 0
    private var waitingIDs: [Int64]?
    private var failure: (id: Int64, reason: String)?
    private var isOver = false

    /// How many are left, as far as was read.
    var waiting: Int { waitingIDs?.count ?? 0 }

    mutating func next() -> Action {
        if isOver { return .done }
        if let failure { return .note(id: failure.id, reason: failure.reason) }
        guard let id = waitingIDs?.first else { return .read }
        return .handle(id: id)
    }

    mutating func found(_ ids: [Int64]) {
        waitingIDs = ids
        isOver = ids.isEmpty
    }

    /// The event was handled. What came to wait behind it meanwhile is read in the end.
    mutating func committed() {
        handled += 1
        waitingIDs?.removeFirst()
    }

    /// Somebody else handled or discarded the event meanwhile.
    mutating func wasGone() { waitingIDs = nil }

    mutating func failed(_ reason: String) {
        if let id = waitingIDs?.first { failure = (id, reason) }
    }

    mutating func noted() { isOver = true }
}
