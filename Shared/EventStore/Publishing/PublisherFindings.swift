internal import EventTypes
internal import Synchronization

/// What came of work beside the publisher's own.
final class Findings: Sendable {
    enum Finding: Sendable {
        /// What became of a batch.
        case settled(Int, Result<[PublisherPipeline.Delivery], any Error>)
        /// Where topics end, by the inspection with that number, and the checkpoint from before it.
        case ends(Int, [Topic: [Int32: Int64]], after: PublisherState)
        /// The events after a position, read ahead.
        case page(after: Int64, Result<ReadAhead.Page, any Error>)
    }

    private let waiting = Mutex<[Finding]>([])

    func add(_ finding: Finding) { waiting.withLock { $0.append(finding) } }

    func take() -> [Finding] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}

/// When the topics' ends are looked at: one look at a time, with a pause between two.
struct Inspections {
    private var number = 0
    private var isUnderWay = false
    private var due = ContinuousClock.now

    /// - Returns: the number of the one that is due; nil for none.
    mutating func begin() -> Int? {
        guard !isUnderWay, ContinuousClock.now >= due else { return nil }
        isUnderWay = true
        return number
    }

    /// - Returns: whether what it found still counts.
    mutating func end(_ number: Int) -> Bool {
        guard number == self.number else { return false }
        isUnderWay = false
        due = .now + Publisher.inspectionInterval
        return true
    }

    /// Everything is published anew: what is under way looks at topics of before.
    mutating func forget() {
        number += 1
        isUnderWay = false
    }
}
