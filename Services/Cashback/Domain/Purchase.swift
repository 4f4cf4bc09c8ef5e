internal import EventTypes

/// An order of the platform as cashback knows it: a set of facts, each noted once, from which it
/// follows how its sales stand, in whatever order the facts were heard.
enum Purchase: Decider {
    static let category = "purchase"
    static let initial = State()

    struct State: Sendable, Equatable {
        var paid: OrderPaymentNoted?
        var isFulfilled = false
        var cancellation: OrderCancellationNoted?
        var refunds: [RefundID: OrderRefundNoted] = [:]

        /// How what was bought of one shop stands.
        func standing(of share: PurchaseShare) -> Standing {
            var remaining = cancellation == nil ? share.sale : .zero(share.sale.currency)
            for refund in refunds.values {
                for part in refund.amounts where part.merchantID == share.merchantID {
                    remaining = (try? remaining.subtracting(part.amount)) ?? remaining
                }
            }
            guard remaining.isPositive else {
                return Standing(
                    status: isFulfilled ? .reversed : .declined,
                    sale: .zero(share.sale.currency))
            }
            return Standing(status: isFulfilled ? .approved : .pending, sale: remaining)
        }

        /// The shares that earn something, and by what.
        var rewarded: [Rewarded] {
            (paid?.shares ?? []).compactMap { share in
                guard let click = share.clickID, let sale = share.conversionID else { return nil }
                return Rewarded(share: share, click: click, sale: sale)
            }
        }
    }

    struct Rewarded: Sendable, Equatable {
        let share: PurchaseShare
        let click: ClickID
        let sale: ConversionID
    }

    struct Standing: Sendable, Equatable {
        let status: SaleStatus
        /// What is left of it.
        let sale: Money
    }

    enum Command: Sendable {
        case notePayment(OrderPaymentNoted)
        case noteFulfilment(OrderFulfilmentNoted)
        case noteCancellation(OrderCancellationNoted)
        case noteRefund(OrderRefundNoted)
    }

    static func decide(
        _ command: Command, _ state: State
    ) throws(CashbackError) -> [PurchaseEvent] {
        switch command {
        case .notePayment(let fact): state.paid == nil ? [.paid(fact)] : []
        case .noteFulfilment(let fact): state.isFulfilled ? [] : [.fulfilled(fact)]
        case .noteCancellation(let fact): state.cancellation == nil ? [.cancelled(fact)] : []
        case .noteRefund(let fact): state.refunds[fact.refundID] == nil ? [.refunded(fact)] : []
        }
    }

    static func evolve(_ state: inout State, _ event: PurchaseEvent) {
        switch event {
        case .paid(let fact): state.paid = fact
        case .fulfilled: state.isFulfilled = true
        case .cancelled(let fact): state.cancellation = fact
        case .refunded(let fact): state.refunds[fact.refundID] = fact
        }
    }
}
