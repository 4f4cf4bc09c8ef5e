internal import Database
internal import EventTypes

/// One account of the caller's.
struct AccountView: Codable, Sendable {
    let id: LedgerAccountID
    let purpose: String
    let currency: Currency
    let balanceMinor: Int64
    let openedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, purpose, currency
        case balanceMinor = "balance_minor"
        case openedAt = "opened_at"
    }

    init(_ row: Row) throws {
        id = try row.get("account_id")
        purpose = try row.get("purpose")
        currency = try row.get("currency")
        balanceMinor = try row.get("balance_minor")
        openedAt = try row.get("opened_at")
    }
}

/// What the caller has in one currency at one instant.
struct BalanceView: Codable, Sendable {
    let currency: Currency
    let availableMinor: Int64
    let heldMinor: Int64
    /// What is owed after a clawback that could not be covered; not negative.
    let owedMinor: Int64
    let at: Timestamp

    enum CodingKeys: String, CodingKey {
        case currency
        case availableMinor = "available_minor"
        case heldMinor = "held_minor"
        case owedMinor = "owed_minor"
        case at
    }
}

/// One line of a statement.
struct StatementEntryView: Codable, Sendable {
    let transactionID: LedgerTransactionID
    let account: String
    let number: Int64
    let kind: String
    let reference: String
    let amount: Money
    let balanceMinor: Int64
    let postedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case transactionID = "transaction_id"
        case account, number, kind, reference, amount
        case balanceMinor = "balance_minor"
        case postedAt = "posted_at"
    }

    init(_ row: Row, account: String) throws {
        transactionID = try row.get("transaction_id")
        self.account = account
        number = try row.get("number")
        kind = try row.get("kind")
        reference = try row.get("reference")
        amount = try Money(minorUnits: row.get("amount_minor"), row.get("currency"))
        balanceMinor = try row.get("balance_minor")
        postedAt = try row.get("posted_at")
    }
}

/// A transfer as who sent it sees it.
struct TransferView: Codable, Sendable {
    /// Also the identifier of the transaction in the statements of both.
    let id: LedgerTransactionID
    let to: UserID
    let amount: Money
    /// What the sender has left.
    let availableMinor: Int64
    let madeAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, to, amount
        case availableMinor = "available_minor"
        case madeAt = "made_at"
    }

    init(_ request: Transfers.Request, left: Money) {
        id = request.id
        to = request.recipient
        amount = request.amount
        availableMinor = left.minorUnits
        madeAt = request.at
    }
}

/// A withdrawal as its owner and finance see it.
struct WithdrawalView: Codable, Sendable {
    let id: WithdrawalID
    let userID: UserID
    let state: Withdrawal.Phase
    let amount: Money
    let destinationKind: PayoutDestination.Kind
    let providerReference: String?
    let reason: String?
    let requestedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id
        case userID = "user_id"
        case state, amount
        case destinationKind = "destination_kind"
        case providerReference = "provider_reference"
        case reason
        case requestedAt = "requested_at"
    }

    /// - Throws: `WalletError.withdrawalNotFound` when there is none.
    init(_ withdrawal: Withdrawal.State) throws(WalletError) {
        guard let request = withdrawal.request else { throw .withdrawalNotFound }
        id = request.withdrawalID
        userID = request.userID
        state = withdrawal.phase
        amount = request.amount
        destinationKind = request.destinationKind
        providerReference = withdrawal.providerReference
        reason = withdrawal.reason
        requestedAt = request.requestedAt
    }

    init(_ row: Row) throws {
        id = try row.get("withdrawal_id")
        userID = try row.get("user_id")
        state = Withdrawal.Phase(rawValue: try row.get("state")) ?? .none
        amount = try Money(minorUnits: row.get("amount_minor"), row.get("currency"))
        destinationKind =
            PayoutDestination.Kind(rawValue: try row.get("destination_kind")) ?? .sandbox
        providerReference = try row.get("provider_reference")
        reason = try row.get("reason")
        requestedAt = try row.get("requested_at")
    }
}

/// A deposit as its owner sees it.
struct DepositView: Codable, Sendable {
    let id: DepositID
    let state: Deposit.Phase
    let amount: Money
    /// Where to go on with paying, once the provider has said it.
    let checkoutURL: String?
    let reason: String?
    let initiatedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, state, amount
        case checkoutURL = "checkout_url"
        case reason
        case initiatedAt = "initiated_at"
    }

    /// - Throws: `WalletError.depositNotFound` when there is none.
    init(_ deposit: Deposit.State) throws(WalletError) {
        guard let request = deposit.request else { throw .depositNotFound }
        id = request.depositID
        state = deposit.phase
        amount = request.amount
        checkoutURL = deposit.checkoutURL
        reason = deposit.reason
        initiatedAt = request.initiatedAt
    }
}

/// A hold as the service that placed it sees it.
struct HoldView: Codable, Sendable {
    let id: HoldID
    let owner: UserID
    /// `open`, `captured`, `released` or `expired`.
    let state: String
    let amount: Money
    let capturedMinor: Int64
    /// What of the captured money went back.
    let refunded: Money
    let refunds: [RefundView]
    let expiresAt: Timestamp?

    struct RefundView: Codable, Sendable {
        let id: RefundID
        let amount: Money
        let reason: String
        let refundedAt: Timestamp

        enum CodingKeys: String, CodingKey {
            case id, amount, reason
            case refundedAt = "refunded_at"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id, owner, state, amount, refunded, refunds
        case capturedMinor = "captured_minor"
        case expiresAt = "expires_at"
    }

    /// - Throws: `WalletError.holdNotFound` when there is none.
    init(_ state: Hold.State) throws(WalletError) {
        let hold: HoldPlaced
        switch state {
        case .none: throw .holdNotFound
        case .open(let placed):
            hold = placed
            self.state = "open"
            capturedMinor = 0
            refunds = []
        case .resolved(let placed, let end, let refunds):
            hold = placed
            self.state = end.outcome.rawValue
            capturedMinor = end.captured.minorUnits
            self.refunds = refunds.map { refund in
                RefundView(
                    id: refund.refundID, amount: refund.amount, reason: refund.reason,
                    refundedAt: refund.refundedAt)
            }
        }
        id = hold.holdID
        owner = hold.owner
        amount = hold.amount
        refunded = state.refunded ?? .zero(hold.amount.currency)
        expiresAt = hold.expiresAt
    }
}

/// The books of one currency.
struct TotalsView: Codable, Sendable {
    struct Purpose: Codable, Sendable {
        let purpose: String
        let balanceMinor: Int64

        enum CodingKeys: String, CodingKey {
            case purpose
            case balanceMinor = "balance_minor"
        }
    }

    let currency: Currency
    let purposes: [Purpose]
    /// Zero, always.
    let sumMinor: Int64
    let cashbackCreditedMinor: Int64
    let clawedBackMinor: Int64
    let paidOutMinor: Int64
    let depositedMinor: Int64
    /// What was taken for purchases.
    let capturedMinor: Int64
    /// What of that went back.
    let refundedMinor: Int64

    enum CodingKeys: String, CodingKey {
        case currency, purposes
        case sumMinor = "sum_minor"
        case cashbackCreditedMinor = "cashback_credited_minor"
        case clawedBackMinor = "clawed_back_minor"
        case paidOutMinor = "paid_out_minor"
        case depositedMinor = "deposited_minor"
        case capturedMinor = "captured_minor"
        case refundedMinor = "refunded_minor"
    }
}
