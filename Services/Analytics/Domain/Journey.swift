internal import EventTypes

/// What the published events say about people, clicks, sales, payouts and the ledger, as one fold
/// that any reader of the topics can repeat. The read models hold the same rows in tables.
struct Journey: Sendable, Equatable {
    struct Click: Sendable, Equatable {
        let merchantID: MerchantID
        let userID: UserID?
        let at: Timestamp
    }

    struct Sale: Sendable, Equatable {
        /// tracked → pending → approved | declined; approved → credited → clawedBack
        enum Stage: String, Sendable, Equatable, CaseIterable {
            case tracked, pending, approved, declined, credited
            case clawedBack = "clawed_back"
        }

        let clickID: ClickID
        let merchantID: MerchantID
        let userID: UserID?
        let network: String
        /// The order of the platform's own checkout that it is the sale of.
        let orderID: OrderID?
        let soldAt: Timestamp
        var sale: Money
        var stage = Stage.tracked
        var cashback: Money
        var clawedBack: Money
        var approvedAt: Timestamp?
        var creditedAt: Timestamp?
        var clawedBackAt: Timestamp?
    }

    struct Withdrawal: Sendable, Equatable {
        /// requested → approved → paid | failed; requested → rejected
        enum Stage: String, Sendable, Equatable, CaseIterable {
            case requested, approved, rejected, paid, failed
        }

        let userID: UserID
        let amount: Money
        let requestedAt: Timestamp
        var stage = Stage.requested
    }

    struct LedgerLine: Hashable, Sendable {
        let day: Timestamp
        let purpose: String
        let currency: Currency
    }

    struct LedgerSum: Sendable, Equatable {
        var added: Int64 = 0
        var taken: Int64 = 0
        var postings = 0
    }

    struct Tally: Hashable, Sendable {
        let day: Timestamp
        let name: String
    }

    var people: [UserID: Timestamp] = [:]
    var verified: Set<UserID> = []
    var merchants: [MerchantID: String] = [:]
    var clicks: [ClickID: Click] = [:]
    var sales: [ConversionID: Sale] = [:]
    var withdrawals: [WithdrawalID: Withdrawal] = [:]
    var ledger: [LedgerLine: LedgerSum] = [:]
    var tracked: [Tally: Int] = [:]
    var orders: [OrderID: Order] = [:]
    var parts: [OrderPart: Money] = [:]
    var documents: [DocumentID: Document] = [:]
    var told: [Tally: Int] = [:]

    /// Folds one published event in; kinds that no report needs change nothing.
    ///
    /// - Parameter time: when its source recorded it.
    mutating func apply(_ event: any PublishedEvent, at time: Timestamp) {
        switch event {
        case let fact as UserRegistered: people[fact.userID] = fact.registeredAt
        case let fact as UserEmailVerified: verified.insert(fact.userID)
        case let fact as CatalogMerchantRegistered: merchants[fact.merchantID] = fact.name
        case let fact as AnalyticsEventTracked:
            tracked[Tally(day: fact.occurredAt.startOfDay, name: fact.name), default: 0] += 1
        case let fact as WalletTransactionPosted: post(fact)
        case let fact as CashbackClickRecorded:
            clicks[fact.clickID] = Click(
                merchantID: fact.merchantID, userID: fact.userID, at: fact.clickedAt)
        default:
            if !applySale(event, at: time), !applyOrder(event), !applyWord(event, at: time) {
                applyWithdrawal(event)
            }
        }
    }

    private mutating func post(_ fact: WalletTransactionPosted) {
        for posting in fact.postings {
            let line = LedgerLine(
                day: fact.postedAt.startOfDay, purpose: posting.purpose,
                currency: posting.amount.currency)
            var sum = ledger[line] ?? LedgerSum()
            let amount = posting.amount.minorUnits
            if amount > 0 { sum.added += amount } else { sum.taken -= amount }
            sum.postings += 1
            ledger[line] = sum
        }
    }

    private mutating func applySale(_ event: any PublishedEvent, at time: Timestamp) -> Bool {
        switch event {
        case let fact as CashbackConversionTracked:
            sales[fact.conversionID] = Sale(
                clickID: fact.clickID, merchantID: fact.merchantID, userID: fact.userID,
                network: fact.network, orderID: Self.ownOrder(of: fact), soldAt: fact.soldAt,
                sale: fact.sale, cashback: .zero(fact.sale.currency),
                clawedBack: .zero(fact.sale.currency))
        case let fact as CashbackConversionPending:
            sales[fact.conversionID]?.stage = .pending
            sales[fact.conversionID]?.sale = fact.sale
            sales[fact.conversionID]?.cashback = fact.cashback
        case let fact as CashbackConversionApproved:
            sales[fact.conversionID]?.stage = .approved
            sales[fact.conversionID]?.approvedAt = time
            sales[fact.conversionID]?.sale = fact.sale
            sales[fact.conversionID]?.cashback = fact.cashback
        case let fact as CashbackConversionDeclined:
            sales[fact.conversionID]?.stage = .declined
        case let fact as CashbackConversionCredited:
            sales[fact.conversionID]?.stage = .credited
            sales[fact.conversionID]?.creditedAt = time
        case let fact as CashbackConversionClawedBack:
            guard let sale = sales[fact.conversionID] else { return true }
            sales[fact.conversionID]?.stage = .clawedBack
            sales[fact.conversionID]?.clawedBackAt = time
            sales[fact.conversionID]?.clawedBack =
                (try? sale.clawedBack.adding(fact.amount)) ?? sale.clawedBack
        default: return false
        }
        return true
    }

    private mutating func applyWithdrawal(_ event: any PublishedEvent) {
        switch event {
        case let fact as WalletWithdrawalRequested:
            withdrawals[fact.withdrawalID] = Withdrawal(
                userID: fact.userID, amount: fact.amount, requestedAt: fact.requestedAt)
        case let fact as WalletWithdrawalApproved:
            withdrawals[fact.withdrawalID]?.stage = .approved
        case let fact as WalletWithdrawalRejected:
            withdrawals[fact.withdrawalID]?.stage = .rejected
        case let fact as WalletWithdrawalPaid: withdrawals[fact.withdrawalID]?.stage = .paid
        case let fact as WalletWithdrawalFailed: withdrawals[fact.withdrawalID]?.stage = .failed
        default: break
        }
    }
}
