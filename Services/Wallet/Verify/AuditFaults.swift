internal import EventStore

/// What was found wrong: the first cases of it.
struct AuditFaults: Sendable {
    private(set) var sentences: [String] = []

    mutating func add(_ sentence: String) {
        if sentences.count < InvariantResult.violationLimit { sentences.append(sentence) }
    }
}
