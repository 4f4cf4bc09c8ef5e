/// The next page of a backlog, read while the present one is worked on.
struct ReadAhead: Sendable {
    typealias Page = [(RecordedEvent, [Publication])]

    private enum State {
        case idle
        case underWay(after: Int64)
        case here(after: Int64, Page)
    }

    enum Answer {
        case page(Page)
        /// It is being read.
        case wait
        /// Read it now: it was not asked for before, or was empty then.
        case read
    }

    private var state = State.idle

    /// The events after a position, if they are there.
    mutating func take(after position: Int64) -> Answer {
        switch state {
        case .underWay(after: position): return .wait
        case .here(after: position, let page) where !page.isEmpty:
            state = .idle
            return .page(page)
        default: return .read
        }
    }

    /// Begins with the page behind a full one.
    ///
    /// - Returns: after which position to read; nil for nothing.
    mutating func begin(behind page: Page, limit: Int) -> Int64? {
        guard page.count >= limit, let last = page.last?.0.position else { return nil }
        state = .underWay(after: last)
        return last
    }

    mutating func arrived(after position: Int64, _ page: Page) {
        if case .underWay(after: position) = state { state = .here(after: position, page) }
    }
}
