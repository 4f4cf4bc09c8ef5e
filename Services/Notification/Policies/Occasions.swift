internal import EventTypes

extension Occasion {
    /// The types of events that people are told of.
    static let causes: Set<String> = [
        UserEmailVerified.eventType.name, OrderPaid.eventType.name, OrderFulfilled.eventType.name,
        OrderCancelled.eventType.name, OrderRefunded.eventType.name,
        OrderCheckoutFailed.eventType.name, CashbackConversionPending.eventType.name,
        CashbackConversionCredited.eventType.name, CashbackConversionDeclined.eventType.name,
        CashbackConversionClawedBack.eventType.name, WalletWithdrawalRequested.eventType.name,
        WalletWithdrawalApproved.eventType.name, WalletWithdrawalRejected.eventType.name,
        WalletWithdrawalPaid.eventType.name, WalletWithdrawalFailed.eventType.name,
        WalletDepositSettled.eventType.name,
    ]

    /// - Returns: nil when nobody is told of it.
    init?(_ event: any PublishedEvent) {
        switch event {
        // The account is open once the address is proven; before, it may be somebody else's.
        case let fact as UserEmailVerified:
            self.init(type: .welcome, userID: fact.userID, actionURL: "/api/v1/users/me")
        case let fact as WalletDepositSettled:
            self.init(
                type: .depositSettled, userID: fact.userID,
                values: ["amount": "\(fact.amount)"],
                actionURL: "/api/v1/wallet/deposits/\(fact.depositID)")
        default:
            guard
                let occasion = Self.order(event) ?? Self.cashback(event) ?? Self.withdrawal(event)
            else { return nil }
            self = occasion
        }
    }

    // MARK: Orders

    private static func order(_ event: any PublishedEvent) -> Occasion? {
        switch event {
        case let fact as OrderPaid:
            let count = fact.lines.reduce(Int64(0)) { $0 &+ $1.quantity }
            return order(
                .orderPaid, fact.userID, fact.orderID,
                [
                    "total": "\(fact.total)", "items": count == 1 ? "1 item" : "\(count) items",
                ])
        case let fact as OrderFulfilled:
            return order(.orderFulfilled, fact.userID, fact.orderID, [:])
        case let fact as OrderCancelled:
            return order(
                .orderCancelled, fact.userID, fact.orderID,
                ["reason": ReasonText.of(fact.reason)])
        case let fact as OrderRefunded:
            return order(
                .orderRefunded, fact.userID, fact.orderID,
                ["amount": "\(fact.amount)", "refunded_total": "\(fact.refundedTotal)"])
        case let fact as OrderCheckoutFailed:
            return Occasion(
                type: .checkoutFailed, userID: fact.userID,
                values: ["reason": ReasonText.of(fact.reason)],
                actionURL: "/api/v1/checkouts/\(fact.checkoutID)")
        default: return nil
        }
    }

    private static func order(
        _ type: NotificationType, _ user: UserID, _ order: OrderID, _ values: [String: String]
    ) -> Occasion {
        Occasion(
            type: type, userID: user,
            values: values.merging(["order_id": "\(order)"]) { $1 },
            actionURL: "/api/v1/orders/\(order)")
    }

    // MARK: Cashback

    private static func cashback(_ event: any PublishedEvent) -> Occasion? {
        switch event {
        case let fact as CashbackConversionPending:
            guard fact.cashback.isPositive else { return nil }
            return cashback(
                .cashbackPending, fact.userID, fact.conversionID,
                ["amount": "\(fact.cashback)", "sale": "\(fact.sale)"])
        case let fact as CashbackConversionCredited:
            guard fact.cashback.isPositive else { return nil }
            return cashback(
                .cashbackCredited, fact.userID, fact.conversionID,
                ["amount": "\(fact.cashback)"])
        case let fact as CashbackConversionDeclined:
            guard let user = fact.userID else { return nil }
            return cashback(
                .cashbackDeclined, user, fact.conversionID,
                ["reason": ReasonText.of(fact.reason)])
        case let fact as CashbackConversionClawedBack:
            guard fact.amount.isPositive else { return nil }
            return cashback(
                .cashbackClawedBack, fact.userID, fact.conversionID,
                ["amount": "\(fact.amount)", "reason": ReasonText.of(fact.reason)])
        default: return nil
        }
    }

    private static func cashback(
        _ type: NotificationType, _ user: UserID, _ conversion: ConversionID,
        _ values: [String: String]
    ) -> Occasion {
        Occasion(
            type: type, userID: user, values: values,
            actionURL: "/api/v1/cashback/conversions/\(conversion)")
    }

    // MARK: Withdrawals

    private static func withdrawal(_ event: any PublishedEvent) -> Occasion? {
        switch event {
        case let fact as WalletWithdrawalRequested:
            withdrawal(.withdrawalRequested, fact.userID, fact.withdrawalID, fact.amount)
        case let fact as WalletWithdrawalApproved:
            withdrawal(.withdrawalApproved, fact.userID, fact.withdrawalID, fact.amount)
        case let fact as WalletWithdrawalPaid:
            withdrawal(.withdrawalPaid, fact.userID, fact.withdrawalID, fact.amount)
        case let fact as WalletWithdrawalRejected:
            withdrawal(
                .withdrawalRejected, fact.userID, fact.withdrawalID, fact.amount, fact.reason)
        case let fact as WalletWithdrawalFailed:
            withdrawal(
                .withdrawalFailed, fact.userID, fact.withdrawalID, fact.amount, fact.reason)
        default: nil
        }
    }

    private static func withdrawal(
        _ type: NotificationType, _ user: UserID, _ withdrawal: WithdrawalID, _ amount: Money,
        _ reason: String? = nil
    ) -> Occasion {
        var values = ["amount": "\(amount)", "withdrawal_id": "\(withdrawal)"]
        if let reason { values["reason"] = ReasonText.of(reason) }
        return Occasion(
            type: type, userID: user, values: values,
            actionURL: "/api/v1/wallet/withdrawals/\(withdrawal)")
    }
}
