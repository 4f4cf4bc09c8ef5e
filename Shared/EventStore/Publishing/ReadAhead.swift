/// The next pages of a backlog, read while the present one is worked on.
struct ReadAhead: Sendable {
    typealias Page = [(RecordedEvent, [Publication])]

    /// How many pages are read ahead: one is fetched while another is put into its form for others.
    static let depth = 2

    enum Answer {
        case page(Page)
        /// It is being read.
        case wait
        /// Read it now: it was not asked for before, or was empty then.
        case read
    }

    /// What was asked for, by the position that it follows; nil while it is being read.
    private var pages: [Int64: Page?] = [:]

    /// The events after a position, if they are there.
    mutating func take(after position: Int64) -> Answer {
        switch pages[position] {
        case .some(.none): return .wait
        case .some(.some(let page)):
            pages[position] = nil
            return page.isEmpty ? .read : .page(page)
        case .none: return .read
        }
    }

    /// Begins with the pages behind a full one: positions have no holes, so where each begins is
    /// known. What is not among them is forgotten.
    ///
    /// - Returns: after which positions to read now.
    mutating func begin(behind page: Page, limit: Int) -> [Int64] {
        guard page.count >= limit, let last = page.last?.0.position else { return [] }
        let wanted = (0..<Self.depth).map { last + Int64($0 * limit) }
        let new = wanted.filter { pages[$0] == nil }
        pages = pages.filter { wanted.contains($0.key) }
        for position in new { pages[position] = .some(nil) }
        return new
    }

    mutating func arrived(after position: Int64, _ page: Page) {
        if case .some(.none) = pages[position] { pages[position] = .some(page) }
    }
}
