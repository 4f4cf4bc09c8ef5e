internal import Crypto
internal import EventStore
internal import EventTypes

extension AccountKey {
    /// There is one account of each key, and its identifier follows from it.
    var id: LedgerAccountID { .derived(from: canonicalName, "account") }
}

extension Identifier where Entity == LedgerTransactionTag {
    /// The transaction of this kind that follows from something, once.
    static func of(_ kind: TransactionKind, _ cause: some CustomStringConvertible) -> Self {
        .derived(from: cause, kind.rawValue)
    }
}

extension LegChain {
    static let sha256 = LegChain { Digest.hex(Digest.sha256($0)) }
}

/// The platform's accounts have as many legs as there are transactions.
extension Account.State: SnapshotState {
    static var snapshotVersion: Int { 2 }
}
