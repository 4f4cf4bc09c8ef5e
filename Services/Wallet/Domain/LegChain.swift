internal import EventTypes

/// Links each leg of an account to the one before, so that a changed or missing one shows.
///
/// The hash is the caller's (SHA-256 in production); the text it covers is fixed here, once.
struct LegChain: Sendable {
    /// Turns bytes into their digest, as lower-case hexadecimal digits.
    let digest: @Sendable ([UInt8]) -> String

    /// What stands in place of the hash before the first leg.
    static let origin = String(repeating: "0", count: 64)

    /// The hash of `leg` of this account, which follows one with the hash `previous`.
    func link(_ leg: LegContent, of account: LedgerAccountID, after previous: String) -> String {
        digest(Array(Self.canonicalText(leg, of: account, after: previous).utf8))
    }

    /// One line a field, none of which can contain a line break.
    static func canonicalText(
        _ leg: LegContent, of account: LedgerAccountID, after previous: String
    ) -> String {
        var text = "souk-leg-1"
        text.reserveCapacity(320)
        func add(_ line: String) {
            text += "\n"
            text += line
        }
        add(previous)
        add(account.description)
        add(leg.number.description)
        add(leg.transactionID.description)
        add(leg.kind.rawValue)
        add(oneLine(leg.reference))
        add(leg.amount.currency.code)
        add(leg.amount.minorUnits.description)
        add(leg.balance.minorUnits.description)
        add(leg.postedAt.microseconds.description)
        return text
    }
}

extension LegChain {
    /// A text without its line breaks; most have none.
    private static func oneLine(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20..<0x80).contains($0) }
        return isPlain ? text : text.filter { !$0.isNewline }
    }
}

/// What a leg says, apart from its place in the chain.
struct LegContent: Hashable, Sendable {
    /// From 1, contiguous within the account.
    let number: Int64
    let transactionID: LedgerTransactionID
    let kind: TransactionKind
    let reference: String
    let amount: Money
    /// The account's balance with this leg.
    let balance: Money
    let postedAt: Timestamp
}

/// Why money moved.
enum TransactionKind: String, Codable, CaseIterable, Sendable {
    case cashbackCredit = "cashback_credit"
    case cashbackClawback = "cashback_clawback"
    case holdPlaced = "hold_placed"
    case holdCaptured = "hold_captured"
    case holdReleased = "hold_released"
    case holdExpired = "hold_expired"
    case orderRefund = "order_refund"
    case withdrawalPaid = "withdrawal_paid"
    case withdrawalFailed = "withdrawal_failed"
    case depositSettled = "deposit_settled"
    case transfer
}
