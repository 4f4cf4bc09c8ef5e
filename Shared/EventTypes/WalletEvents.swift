/// One leg of a ledger transaction. The legs of a transaction sum to zero in every currency.
public struct Posting: Hashable, Sendable, Codable {
    public let accountID: LedgerAccountID
    /// Whose account it is; nil for the platform's own.
    public let owner: UserID?
    /// What the account is for, such as `available`, `held`, `network_receivable`.
    public let purpose: String
    /// Positive adds to the account, negative takes from it.
    public let amount: Money

    enum CodingKeys: String, CodingKey {
        case accountID = "account_id"
        case owner, purpose, amount
    }

    public init(accountID: LedgerAccountID, owner: UserID?, purpose: String, amount: Money) {
        self.accountID = accountID
        self.owner = owner
        self.purpose = purpose
        self.amount = amount
    }

    static let example = [
        Posting(
            accountID: .example(16), owner: nil, purpose: "network_receivable",
            amount: .example(-147)),
        Posting(
            accountID: .example(7), owner: .example(1), purpose: "available", amount: .example(147)),
    ]
}

public struct WalletTransactionPosted: PublishedEvent {
    public static let eventType = EventType("wallet.transaction_posted")
    public static let summary = "Money moved between accounts of the ledger."
    public let transactionID: LedgerTransactionID
    public let kind: String
    /// What caused it, as `kind-identifier`.
    public let reference: String
    public let postings: [Posting]
    public let postedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case transactionID = "transaction_id"
        case kind
        case reference
        case postings
        case postedAt = "posted_at"
    }

    public init(
        transactionID: LedgerTransactionID, kind: String, reference: String, postings: [Posting],
        postedAt: Timestamp
    ) {
        self.transactionID = transactionID
        self.kind = kind
        self.reference = reference
        self.postings = postings
        self.postedAt = postedAt
    }

    public static let example = Self(
        transactionID: .example(8), kind: "cashback_credit",
        reference: "conversion-01920000-0000-7000-8000-000000000006", postings: Posting.example,
        postedAt: .example)
}

public struct WalletCashbackCredited: PublishedEvent {
    public static let eventType = EventType("wallet.cashback_credited")
    public static let summary = "Approved cashback stands in its owner's account."
    public let conversionID: ConversionID
    public let userID: UserID
    public let amount: Money
    public let transactionID: LedgerTransactionID

    enum CodingKeys: String, CodingKey {
        case conversionID = "conversion_id"
        case userID = "user_id"
        case amount
        case transactionID = "transaction_id"
    }

    public init(
        conversionID: ConversionID, userID: UserID, amount: Money,
        transactionID: LedgerTransactionID
    ) {
        self.conversionID = conversionID
        self.userID = userID
        self.amount = amount
        self.transactionID = transactionID
    }

    public static let example = Self(
        conversionID: .example(6), userID: .example(1), amount: .example(147),
        transactionID: .example(8))
}

public struct WalletCashbackClawedBack: PublishedEvent {
    public static let eventType = EventType("wallet.cashback_clawed_back")
    public static let summary =
        "Clawed-back cashback left its owner's account; what was no longer there is owed."
    public let conversionID: ConversionID
    public let userID: UserID
    public let amount: Money
    /// The part that the account could not cover.
    public let owed: Money
    public let transactionID: LedgerTransactionID

    enum CodingKeys: String, CodingKey {
        case conversionID = "conversion_id"
        case userID = "user_id"
        case amount
        case owed
        case transactionID = "transaction_id"
    }

    public init(
        conversionID: ConversionID, userID: UserID, amount: Money, owed: Money,
        transactionID: LedgerTransactionID
    ) {
        self.conversionID = conversionID
        self.userID = userID
        self.amount = amount
        self.owed = owed
        self.transactionID = transactionID
    }

    public static let example = Self(
        conversionID: .example(6), userID: .example(1), amount: .example(147), owed: .example(0),
        transactionID: .example(8))
}

public struct WalletDepositSettled: PublishedEvent {
    public static let eventType = EventType("wallet.deposit_settled")
    public static let summary = "Money that a person paid in has arrived."
    public let depositID: DepositID
    public let userID: UserID
    public let amount: Money
    public let transactionID: LedgerTransactionID

    enum CodingKeys: String, CodingKey {
        case depositID = "deposit_id"
        case userID = "user_id"
        case amount
        case transactionID = "transaction_id"
    }

    public init(
        depositID: DepositID, userID: UserID, amount: Money, transactionID: LedgerTransactionID
    ) {
        self.depositID = depositID
        self.userID = userID
        self.amount = amount
        self.transactionID = transactionID
    }

    public static let example = Self(
        depositID: .example(10), userID: .example(1), amount: .example(2_933),
        transactionID: .example(8))
}

public struct WalletWithdrawalRequested: PublishedEvent {
    public static let eventType = EventType("wallet.withdrawal_requested")
    public static let summary = "A person asked for a payout; the amount is held."
    public let withdrawalID: WithdrawalID
    public let userID: UserID
    public let amount: Money
    public let requestedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case withdrawalID = "withdrawal_id"
        case userID = "user_id"
        case amount
        case requestedAt = "requested_at"
    }

    public init(withdrawalID: WithdrawalID, userID: UserID, amount: Money, requestedAt: Timestamp) {
        self.withdrawalID = withdrawalID
        self.userID = userID
        self.amount = amount
        self.requestedAt = requestedAt
    }

    public static let example = Self(
        withdrawalID: .example(11), userID: .example(1), amount: .example(2_933),
        requestedAt: .example)
}

public struct WalletWithdrawalApproved: PublishedEvent {
    public static let eventType = EventType("wallet.withdrawal_approved")
    public static let summary = "Finance approved a payout."
    public let withdrawalID: WithdrawalID
    public let userID: UserID
    public let amount: Money
    public let approvedBy: UserID

    enum CodingKeys: String, CodingKey {
        case withdrawalID = "withdrawal_id"
        case userID = "user_id"
        case amount
        case approvedBy = "approved_by"
    }

    public init(withdrawalID: WithdrawalID, userID: UserID, amount: Money, approvedBy: UserID) {
        self.withdrawalID = withdrawalID
        self.userID = userID
        self.amount = amount
        self.approvedBy = approvedBy
    }

    public static let example = Self(
        withdrawalID: .example(11), userID: .example(1), amount: .example(2_933),
        approvedBy: .example(1))
}

public struct WalletWithdrawalRejected: PublishedEvent {
    public static let eventType = EventType("wallet.withdrawal_rejected")
    public static let summary = "Finance refused a payout; the amount is free again."
    public let withdrawalID: WithdrawalID
    public let userID: UserID
    public let amount: Money
    public let reason: String

    enum CodingKeys: String, CodingKey {
        case withdrawalID = "withdrawal_id"
        case userID = "user_id"
        case amount
        case reason
    }

    public init(withdrawalID: WithdrawalID, userID: UserID, amount: Money, reason: String) {
        self.withdrawalID = withdrawalID
        self.userID = userID
        self.amount = amount
        self.reason = reason
    }

    public static let example = Self(
        withdrawalID: .example(11), userID: .example(1), amount: .example(2_933),
        reason: "account_under_review")
}

public struct WalletWithdrawalPaid: PublishedEvent {
    public static let eventType = EventType("wallet.withdrawal_paid")
    public static let summary = "The provider confirmed that a payout reached its recipient."
    public let withdrawalID: WithdrawalID
    public let userID: UserID
    public let amount: Money
    public let transactionID: LedgerTransactionID
    public let providerReference: String

    enum CodingKeys: String, CodingKey {
        case withdrawalID = "withdrawal_id"
        case userID = "user_id"
        case amount
        case transactionID = "transaction_id"
        case providerReference = "provider_reference"
    }

    public init(
        withdrawalID: WithdrawalID, userID: UserID, amount: Money,
        transactionID: LedgerTransactionID, providerReference: String
    ) {
        self.withdrawalID = withdrawalID
        self.userID = userID
        self.amount = amount
        self.transactionID = transactionID
        self.providerReference = providerReference
    }

    public static let example = Self(
        withdrawalID: .example(11), userID: .example(1), amount: .example(2_933),
        transactionID: .example(8), providerReference: "po_1")
}

public struct WalletWithdrawalFailed: PublishedEvent {
    public static let eventType = EventType("wallet.withdrawal_failed")
    public static let summary = "A payout could not be delivered; the amount is free again."
    public let withdrawalID: WithdrawalID
    public let userID: UserID
    public let amount: Money
    public let reason: String

    enum CodingKeys: String, CodingKey {
        case withdrawalID = "withdrawal_id"
        case userID = "user_id"
        case amount
        case reason
    }

    public init(withdrawalID: WithdrawalID, userID: UserID, amount: Money, reason: String) {
        self.withdrawalID = withdrawalID
        self.userID = userID
        self.amount = amount
        self.reason = reason
    }

    public static let example = Self(
        withdrawalID: .example(11), userID: .example(1), amount: .example(2_933),
        reason: "account_closed")
}
