import EventTypes

extension Story {
    static func order(_ number: UInt64) -> OrderID { OrderID(high: 10, low: number) }

    /// Four orders of the platform's own checkout: one of two shops of which an offer covers one,
    /// one without an offer that is cancelled, one that is refunded in part after its cashback was
    /// credited, and one that is never paid; and a checkout that came to nothing.
    mutating func orders() throws {
        try paid(1, by: 1, on: 12, [(0, 2_000), (1, 3_000)])
        try sale(8, by: 1, shop: 0, on: 12, 2_000, of: Self.order(1), ends: .credited)
        tell(
            .orderEvents, "order-1",
            OrderFulfilled(
                orderID: Self.order(1), userID: Self.user(1), fulfilledAt: Self.day(13)))
        try paid(2, by: 2, on: 13, [(1, 1_500)])
        cancel(2, by: 2, on: 14)
        try paid(3, by: 3, on: 14, [(0, 4_000)])
        try sale(
            9, by: 3, shop: 0, on: 14, 4_000, of: Self.order(3), clawback: 50, ends: .clawedBack)
        tell(
            .orderEvents, "order-3",
            OrderRefunded(
                orderID: Self.order(3), refundID: RefundID(high: 11, low: 1),
                userID: Self.user(3),
                lines: [
                    RefundLine(
                        productID: ProductID(high: 12, low: 0), merchantID: Self.shops[0],
                        quantity: 1, amount: try Self.dollars(1_000))
                ], amount: try Self.dollars(1_000), refundedTotal: try Self.dollars(1_000),
                reason: "item_returned", refundedAt: Self.day(15)))
        _ = try place(4, by: 3, on: 15, [(1, 9_900)])
        cancel(4, by: 3, on: 15)
        tell(
            .orderEvents, "checkout-5",
            OrderCheckoutFailed(
                checkoutID: CheckoutID(high: 13, low: 5), userID: Self.user(3),
                reason: "insufficient_funds"))
    }

    private mutating func place(
        _ number: UInt64, by person: UInt64, on day: Int64, _ parts: [(shop: Int, cents: Int64)]
    ) throws -> (lines: [OrderLine], total: Money) {
        let lines = try parts.map { shop, cents in
            OrderLine(
                productID: ProductID(high: 12, low: UInt64(shop)), merchantID: Self.shops[shop],
                title: "Compact disc", quantity: 1, unitPrice: try Self.dollars(cents),
                total: try Self.dollars(cents))
        }
        let total = try Self.dollars(parts.reduce(0) { $0 + $1.cents })
        tell(
            .orderEvents, "order-\(number)",
            OrderPlaced(
                orderID: Self.order(number), checkoutID: CheckoutID(high: 13, low: number),
                userID: Self.user(person), lines: lines, total: total,
                placedAt: Self.day(day) + .seconds(3_590)))
        return (lines, total)
    }

    private mutating func paid(
        _ number: UInt64, by person: UInt64, on day: Int64, _ parts: [(shop: Int, cents: Int64)]
    ) throws {
        let (lines, total) = try place(number, by: person, on: day, parts)
        tell(
            .orderEvents, "order-\(number)",
            OrderPaid(
                orderID: Self.order(number), userID: Self.user(person), lines: lines,
                total: total, holdID: HoldID(high: 14, low: number),
                paidAt: Self.day(day) + .seconds(3_600)))
    }

    private mutating func cancel(_ number: UInt64, by person: UInt64, on day: Int64) {
        tell(
            .orderEvents, "order-\(number)",
            OrderCancelled(
                orderID: Self.order(number), userID: Self.user(person),
                reason: "requested_by_customer", cancelledAt: Self.day(day)))
    }

    /// Messages of every kind, a page of two versions, a post that is withdrawn, and a picture.
    mutating func words() {
        let user = Self.user(1)
        for number in 1...3 as ClosedRange<UInt64> {
            tell(
                .notificationEvents, "notification-\(number)",
                NotificationRaised(
                    notificationID: NotificationID(high: 15, low: number), userID: user,
                    type: "cashback_credited", causeID: EventID(high: 16, low: number),
                    raisedAt: Self.day(13)))
        }
        tell(
            .notificationEvents, "notification-1",
            NotificationRead(
                notificationID: NotificationID(high: 15, low: 1), userID: user,
                readAt: Self.day(14)))
        tell(
            .notificationEvents, "email-1",
            NotificationEmailSent(
                messageID: EventID(high: 17, low: 1), userID: user, template: "welcome",
                sentAt: Self.day(13)))
        tell(
            .notificationEvents, "email-2",
            NotificationEmailFailed(
                messageID: EventID(high: 17, low: 2), userID: user, template: "welcome",
                reason: "refused_by_server"))
        publish(1, "page", version: 1)
        publish(1, "page", version: 2)
        publish(2, "post", version: 1)
        tell(
            .cmsEvents, "document-2",
            CMSDocumentUnpublished(
                documentID: DocumentID(high: 18, low: 2), kind: "post", slug: "document-2",
                unpublishedAt: Self.day(17)))
        tell(
            .cmsEvents, "media-1",
            CMSMediaUploaded(
                mediaID: MediaID(high: 19, low: 1), uploadedBy: user, name: "cover.png",
                mediaType: "image/png", bytes: 2_048, sha256: String(repeating: "0", count: 64)))
    }

    private mutating func publish(_ number: UInt64, _ kind: String, version: Int64) {
        tell(
            .cmsEvents, "document-\(number)",
            CMSDocumentPublished(
                documentID: DocumentID(high: 18, low: number), kind: kind,
                slug: "document-\(number)", title: "Offers of the day", version: version,
                publishedAt: Self.day(15 + version)))
    }
}
