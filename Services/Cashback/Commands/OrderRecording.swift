internal import Crypto
internal import EventStore
internal import EventTypes

/// Makes sales of the platform's own orders: one for each shop in an order.
struct OrderRecording: Sendable {
    /// What reads the clicks that orders name.
    let signer: ClickSigner

    /// A fact about an order as it was heard.
    struct Heard: Sendable {
        /// Of the order's stream.
        let version: Int64
        /// What is kept of it: which event it was.
        let raw: String
        let at: Timestamp
    }

    // MARK: What is heard

    func paid(_ order: OrderPaid, _ heard: Heard, in unit: UnitOfWork) async throws {
        if try await unit.load(Purchase.self, order.orderID).paid != nil { return }
        var shares: [PurchaseShare] = []
        for (merchant, sale) in try order.lines.sums({ ($0.merchantID, $0.total) }) {
            let click = try await click(of: order, merchant, sale, in: unit)
            let action = OwnOrders.action(order.orderID, merchant)
            shares.append(
                PurchaseShare(
                    merchantID: merchant, sale: sale, clickID: click,
                    conversionID: click.map { _ in
                        SaleRecording.conversion(OwnOrders.network, action)
                    }))
        }
        try await unit.decide(
            Purchase.self, order.orderID,
            .notePayment(
                OrderPaymentNoted(
                    orderID: order.orderID, userID: order.userID, shares: shares,
                    paidAt: order.paidAt)))
        let purchase = try await unit.load(Purchase.self, order.orderID)
        for rewarded in purchase.rewarded {
            let first = Purchase.Standing(status: .pending, sale: rewarded.share.sale)
            try await record(first, of: rewarded, purchase, Self.awaiting, heard, in: unit)
            // What was heard before the payment takes effect now.
            let standing = purchase.standing(of: rewarded.share)
            if standing == first { continue }
            try await record(
                standing, of: rewarded, purchase, purchase.lastReason, heard, in: unit)
        }
    }

    func fulfilled(_ order: OrderFulfilled, _ heard: Heard, in unit: UnitOfWork) async throws {
        let events = try await unit.decide(
            Purchase.self, order.orderID,
            .noteFulfilment(OrderFulfilmentNoted(orderID: order.orderID)))
        if events.isEmpty { return }
        try await recordAll(order.orderID, "order_fulfilled", heard, in: unit)
    }

    func cancelled(_ order: OrderCancelled, _ heard: Heard, in unit: UnitOfWork) async throws {
        let fact = OrderCancellationNoted(orderID: order.orderID, reason: order.reason)
        let events = try await unit.decide(
            Purchase.self, order.orderID, .noteCancellation(fact))
        if events.isEmpty { return }
        try await recordAll(order.orderID, fact.reason, heard, in: unit)
    }

    func refunded(_ order: OrderRefunded, _ heard: Heard, in unit: UnitOfWork) async throws {
        let fact = try OrderRefundNoted(order)
        let events = try await unit.decide(Purchase.self, order.orderID, .noteRefund(fact))
        if events.isEmpty { return }
        try await recordAll(
            order.orderID, fact.reason, heard, only: Set(fact.amounts.map(\.merchantID)), in: unit)
    }

    private static let awaiting = "awaiting_fulfilment"

    // MARK: Clicks

    /// The click that a share of an order earns by; nil when nobody promised anything for it.
    private func click(
        of order: OrderPaid, _ merchant: MerchantID, _ sale: Money, in unit: UnitOfWork
    ) async throws -> ClickID? {
        if let named = order.clickID.flatMap(signer.click),
            let click = try await unit.load(Click.self, named).recorded,
            click.leads(order.userID, to: merchant, for: sale)
        {
            return named
        }
        if try await unit.load(Owner.self, order.userID).isErased { return nil }
        var promises: [Promise] = []
        for offer in try await unit.load(Shop.self, merchant).offers(at: order.paidAt) {
            if let promise = try await unit.load(Offer.self, offer).promise(at: order.paidAt),
                promise.merchantID == merchant
            {
                promises.append(promise)
            }
        }
        guard let best = Promise.best(of: promises, for: sale) else { return nil }
        let id = ClickID.derived(from: OwnOrders.action(order.orderID, merchant), "checkout")
        try await unit.decide(
            Click.self, id,
            .record(
                ClickRecorded(
                    clickID: id, offerID: best.offerID, merchantID: merchant,
                    network: OwnOrders.network, userID: order.userID, terms: best.terms,
                    clickedAt: order.paidAt, source: .checkout)))
        return id
    }

    // MARK: Sales

    private func recordAll(
        _ order: OrderID, _ reason: String, _ heard: Heard, only merchants: Set<MerchantID>? = nil,
        in unit: UnitOfWork
    ) async throws {
        let purchase = try await unit.load(Purchase.self, order)
        for rewarded in purchase.rewarded
        where merchants?.contains(rewarded.share.merchantID) ?? true {
            try await record(
                purchase.standing(of: rewarded.share), of: rewarded, purchase, reason, heard,
                in: unit)
        }
    }

    /// The versions of a sale are those of the order's stream, and rise even where facts were heard
    /// out of their order.
    private func record(
        _ standing: Purchase.Standing, of rewarded: Purchase.Rewarded,
        _ purchase: Purchase.State, _ reason: String, _ heard: Heard, in unit: UnitOfWork
    ) async throws {
        guard let paid = purchase.paid else { return }
        let action = OwnOrders.action(paid.orderID, rewarded.share.merchantID)
        let sale = try await unit.load(Conversion.self, rewarded.sale)
        let version = sale.tracked == nil ? heard.version : max(heard.version, sale.latest + 1)
        let postback = Postback(
            network: OwnOrders.network, actionID: action, clickID: rewarded.click, version: version,
            status: standing.status, sale: standing.sale, soldAt: paid.paidAt,
            reason: String(reason.prefix(PostbackReader.longestReason)), source: .order,
            raw: heard.raw)
        _ = try await SaleRecording.record(postback, at: heard.at, in: unit)
    }
}

extension Purchase.State {
    /// Why it stands as it does, where that is told in one go.
    fileprivate var lastReason: String {
        if let cancellation { return cancellation.reason }
        let refund = refunds.values.max { $0.refundID < $1.refundID }
        return refund?.reason ?? (isFulfilled ? "order_fulfilled" : "order_refunded")
    }
}
