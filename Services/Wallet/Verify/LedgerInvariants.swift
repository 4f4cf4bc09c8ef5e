internal import Database
internal import EventStore
internal import EventTypes
internal import Synchronization

/// What `wallet verify` checks.
enum LedgerInvariants {
    static var all: [Invariant] {
        let book = AuditedBook()
        return [
            invariant("every event of the ledger can be read", book) { audit in
                (audit.readFaults, audit.legs + audit.transactions)
            },
            invariant("every transaction, and all accounts together, sum to zero", book) { audit in
                (audit.sumFaults, audit.transactions)
            },
            invariant("every account's chain of legs is intact", book) { audit in
                (audit.chainFaults, audit.legs)
            },
            invariant("no account went beyond its bounds", book) { audit in
                (audit.boundFaults, audit.legs)
            },
            invariant("every conversion is credited once", book) { audit in
                (audit.payments.creditFaults, audit.payments.credits)
            },
            invariant("cashback is paid by the account of its network, and goes back there", book) {
                audit in (audit.funding.faults, audit.funding.examined)
            },
            invariant("no hold is refunded beyond what was captured, each refund once", book) {
                audit in (audit.refunds.faults, audit.refunds.examined)
            },
            invariant("every paid withdrawal has exactly one transaction", book) { audit in
                (audit.payments.payoutFaults, audit.payments.payouts)
            },
            Invariant(name: "the projected balances are those of the log") { context in
                let (audit, rows) = try await book.audited(context)
                return result(ProjectedAccount.faults(of: rows, audit), rows.count)
            },
            Invariant(name: "the projected statement and transactions are those of the log") {
                context in try await ProjectedLegs.check(context)
            },
        ]
    }

    private static func invariant(
        _ name: String, _ book: AuditedBook,
        _ faults: @escaping @Sendable (LedgerAudit) -> (AuditFaults, Int)
    ) -> Invariant {
        Invariant(name: name) { context in
            let (found, examined) = faults(try await book.audited(context).audit)
            return result(found, examined)
        }
    }

    private static func result(_ faults: AuditFaults, _ examined: Int) -> InvariantResult {
        faults.sentences.isEmpty ? .holds(examined: examined) : .violated(faults.sentences)
    }
}

/// Reads the log once for all checks of one run.
private final class AuditedBook: Sendable {
    private struct Kept {
        let head: Int64
        let checkpoint: Int64
        let audit: LedgerAudit
        let rows: [ProjectedAccount]
    }

    private static let batch = 2_000
    private let kept = Mutex<Kept?>(nil)

    func audited(
        _ context: VerifyContext
    ) async throws -> (audit: LedgerAudit, rows: [ProjectedAccount]) {
        let head = try await context.store.head()
        let (checkpoint, rows) = try await ProjectedAccount.read(context.pool)
        // Only what is read within one run is the same: a tampered row does not move the head.
        if let known = kept.withLock({ $0.take() }), known.head == head,
            known.checkpoint == checkpoint, known.rows == rows
        {
            kept.withLock { $0 = known }
            return (known.audit, known.rows)
        }
        var audit = LedgerAudit(mark: checkpoint)
        var position: Int64 = 0
        while position < head {
            let events = try await context.store.readAll(
                after: position, limit: Int(min(Int64(Self.batch), head - position)))
            guard let last = events.last else { break }
            audit.fold(events)
            position = last.position
        }
        audit.finish()
        let done = Kept(head: head, checkpoint: checkpoint, audit: audit, rows: rows)
        kept.withLock { $0 = done }
        return (audit, rows)
    }
}
