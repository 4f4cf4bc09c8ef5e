internal import EventStore
internal import EventTypes
internal import Synchronization

/// What `notification verify` checks.
enum NotificationInvariants {
    static var all: [Invariant] {
        let book = AuditedMessages()
        return [
            Invariant(name: "nobody is told of the same cause twice") { context in
                let audit = try await book.audited(context)
                return result(audit.noticeFaults, audit.notices)
            },
            Invariant(
                name:
                    "every message left by at most one attempt, and none follows it unless ordered"
            ) {
                context in
                let audit = try await book.audited(context)
                return result(audit.attemptFaults, audit.messages)
            },
            Invariant(name: "every notification that is to be mailed has its one message") {
                context in
                let audit = try await book.audited(context)
                return result(audit.pairFaults, audit.notices)
            },
        ]
    }

    private static func result(_ faults: [String], _ examined: Int) -> InvariantResult {
        faults.isEmpty
            ? .holds(examined: examined)
            : .violated(Array(faults.prefix(InvariantResult.violationLimit)))
    }
}

/// The log, read once for all checks of a run.
private final class AuditedMessages: Sendable {
    private static let batchLimit = 2_000
    private let kept = Mutex<(head: Int64, audit: MessageAudit)?>(nil)

    func audited(_ context: VerifyContext) async throws -> MessageAudit {
        let head = try await context.store.head()
        if let kept = kept.withLock({ $0 }), kept.head == head { return kept.audit }
        var audit = MessageAudit()
        var position: Int64 = 0
        while position < head {
            let events = try await context.store.readAll(
                after: position, limit: Self.batchLimit)
            guard let last = events.last else { break }
            for event in events where event.position <= head { audit.fold(event) }
            position = last.position
        }
        audit.finish()
        let done = audit
        kept.withLock { $0 = (head, done) }
        return done
    }
}
