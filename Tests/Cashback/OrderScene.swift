internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit
internal import TestSupport

@testable internal import CashbackService

/// What happens at the platform's own checkout, as cashback hears it.
struct OrderScene {
    static let order: OrderID = identifier(18)
    static let shop: MerchantID = identifier(2)
    static let otherShop: MerchantID = identifier(22)
    static let ownOffer: OfferID = identifier(33)

    let scene: CashbackScene
    var harness: CashbackHarness { scene.harness }

    /// A shop with an offer for its orders here, beside one for a network.
    static func with<R>(
        _ storage: CashbackHarness.Storage = .database,
        _ body: (OrderScene) async throws -> R
    ) async throws -> R {
        try await CashbackScene.with(storage) { scene in
            let orders = OrderScene(scene: scene)
            try await orders.publish(ownOffer, basisPoints: 500)
            return try await body(orders)
        }
    }

    func publish(
        _ offer: OfferID, basisPoints: Int64, of shop: MerchantID = shop, network: String = "souk",
        version: Int = 1
    ) async throws {
        try await publish(
            offer, scene.terms(version: version, basisPoints: basisPoints), of: shop,
            network: network)
    }

    func publish(
        _ offer: OfferID, _ terms: OfferTerms, of shop: MerchantID = shop,
        network: String = "souk"
    ) async throws {
        try await harness.deliver(
            CatalogOfferTermsPublished(
                offerID: offer, merchantID: shop, title: "5 % back", network: network,
                trackingURL: "https://shop.example/c?subid={click_id}&m=2", terms: terms),
            of: .catalogEvents)
    }

    // MARK: Facts about orders

    static func line(_ shop: MerchantID, _ cents: Int64) throws -> OrderLine {
        OrderLine(
            productID: identifier(4), merchantID: shop, title: "Compact disc", quantity: 1,
            unitPrice: try usd(cents), total: try usd(cents))
    }

    func paid(
        _ order: OrderID = order, _ parts: [(MerchantID, Int64)] = [(shop, 1_000)],
        click: String? = nil, user: UserID = CashbackScene.owner
    ) throws -> OrderPaid {
        OrderPaid(
            orderID: order, userID: user, lines: try parts.map { try Self.line($0.0, $0.1) },
            total: try usd(parts.reduce(0) { $0 + $1.1 }), clickID: click,
            holdID: identifier(20), paidAt: harness.clock.now())
    }

    func fulfilled(_ order: OrderID = order) -> OrderFulfilled {
        OrderFulfilled(
            orderID: order, userID: CashbackScene.owner, fulfilledAt: harness.clock.now())
    }

    func cancelled(_ order: OrderID = order) -> OrderCancelled {
        OrderCancelled(
            orderID: order, userID: CashbackScene.owner, reason: "requested_by_customer",
            cancelledAt: harness.clock.now())
    }

    func refunded(
        _ number: UInt64, _ cents: Int64, _ order: OrderID = order, of shop: MerchantID = shop
    ) throws -> OrderRefunded {
        OrderRefunded(
            orderID: order, refundID: identifier(number), userID: CashbackScene.owner,
            lines: [
                RefundLine(
                    productID: identifier(4), merchantID: shop, quantity: 0, amount: try usd(cents))
            ], amount: try usd(cents), refundedTotal: try usd(cents), reason: "item_returned",
            refundedAt: harness.clock.now())
    }

    /// As the inbox would, with the version that the event has in the order's stream.
    func hear(_ fact: any PublishedEvent, version: Int64) async throws {
        let event = ReceivedEvent(
            source: "order", topic: .orderEvents, type: type(of: fact).eventType,
            id: harness.ids.next(EventTag.self), stream: StreamID("order-x"),
            streamVersion: version, position: version, slot: 0, slotSequence: version,
            time: harness.clock.now(), correlationID: harness.ids.next(CorrelationTag.self),
            payload: try JSON.encode(fact))
        for subscription in harness.blueprint.subscriptions
        where subscription.handles.contains(event.type.name) {
            try await harness.store.commit(CommandContext(correlationID: identifier(77))) { unit in
                try await subscription.handle(event, unit)
            }
        }
    }

    func hear(_ facts: [any PublishedEvent]) async throws {
        for (index, fact) in facts.enumerated() {
            try await hear(fact, version: Int64(index) + 3)
        }
        await harness.settle()
    }

    // MARK: What comes of it

    static func sale(_ order: OrderID = order, of shop: MerchantID = shop) -> ConversionID {
        SaleRecording.conversion("souk", "\(order)/\(shop)")
    }

    func state(
        _ order: OrderID = order, of shop: MerchantID = shop
    ) async throws -> Conversion.State {
        try await harness.store.load(Conversion.self, Self.sale(order, of: shop)).state
    }

    func view() async throws -> ConversionView {
        await harness.settle()
        return try await harness.call(
            .get, "/api/v1/cashback/conversions/\(Self.sale())",
            as: .customer(CashbackScene.owner)
        ).decode(ConversionView.self)
    }

    /// What `cashback verify` would complain about.
    func violations() async throws -> [String] {
        await harness.settle()
        var found: [String] = []
        for invariant in harness.blueprint.invariants {
            let result = try await invariant.check(
                VerifyContext(pool: harness.context.pool, store: harness.store))
            if case .violated(let cases) = result { found += cases }
        }
        return found
    }
}
