internal import EventTypes

/// How a batch of units gets to the database: whole, again after a fault that passes, in halves
/// around a unit that the database refuses, and looked up when a connection was lost under way.
/// Pure: it says what to do next, and is told what came of it.
struct BatchSending: Sendable {
    /// How often faults that may pass are waited out before the units fail with them.
    static let retryLimit = 6
    /// How often it is tried to look up what became of a batch.
    static let lookUpLimit = 12
    static let firstRetryDelay: Duration = .milliseconds(20)
    static let longestLookUpDelay: Duration = .seconds(2)

    enum Action: Sendable {
        /// Send these, all in one transaction, after a pause.
        case send([UnitDraft], after: Duration)
        /// Find out which of these were committed, after a pause.
        case lookUp([UnitDraft], after: Duration)
        /// The outcomes in the order of the batch.
        case done([UnitOutcome])
    }

    enum Fault: Sendable {
        /// Nothing was committed, and the same may succeed later.
        case passing
        /// Nothing was committed, because of what one of the units holds.
        case refused
        /// All or nothing was committed.
        case unknown
        /// Nothing was committed.
        case final
    }

    private let units: [UnitDraft]
    private var outcomes: [UnitOutcome?]
    /// Indices of units that are still to be sent together, the first ones last.
    private var pieces: [[Int]]
    /// Written by units that were not committed.
    private var lost: Set<StreamID> = []
    private var present: [Int] = []
    private var tries = 0
    private var delay = Duration.zero
    private var isLookingUp = false

    init(_ units: [UnitDraft]) {
        self.units = units
        outcomes = Array(repeating: nil, count: units.count)
        pieces = [Array(units.indices)]
    }

    /// What to do now.
    mutating func next() -> Action {
        while present.isEmpty {
            guard let piece = pieces.popLast() else {
                return .done(outcomes.map { $0 ?? .movedOn })
            }
            present = piece.filter { !isLost($0) }
            tries = 0
            delay = .zero
            isLookingUp = false
        }
        let drafts = present.count == units.count ? units : present.map { units[$0] }
        return isLookingUp ? .lookUp(drafts, after: delay) : .send(drafts, after: delay)
    }

    /// A unit that was decided on what failed before is not sent.
    private mutating func isLost(_ index: Int) -> Bool {
        guard units[index].streams.contains(where: { lost.contains($0.id) }) else { return false }
        settle(index, .movedOn)
        return true
    }

    private mutating func settle(_ index: Int, _ outcome: UnitOutcome) {
        outcomes[index] = outcome
        if case .committed = outcome { return }
        lost.formUnion(units[index].writtenStreams)
    }

    // MARK: What came of it

    /// The database said what became of each of the units of the last action.
    mutating func answered(_ answers: [UnitOutcome]) {
        for (index, outcome) in zip(present, answers) { settle(index, outcome) }
        present = []
    }

    mutating func failed(_ fault: Fault, _ error: any Error) {
        if isLookingUp { return failedToLookUp() }
        switch fault {
        case .unknown:
            isLookingUp = true
            tries = 0
            delay = .zero
        case .passing where tries < Self.retryLimit:
            tries += 1
            delay = tries == 1 ? Self.firstRetryDelay : delay * 2
        case .refused where present.count > 1:
            let middle = present.count / 2
            pieces.append(Array(present[middle...]))
            pieces.append(Array(present[..<middle]))
            present = []
        case .passing, .refused, .final:
            answered(present.map { _ in .failed(error) })
        }
    }

    private mutating func failedToLookUp() {
        tries += 1
        delay = tries == 1 ? Self.firstRetryDelay : min(delay * 2, Self.longestLookUpDelay)
        if tries >= Self.lookUpLimit {
            answered(present.map { _ in .failed(EventStoreError.outcomeUnknown) })
        }
    }
}
