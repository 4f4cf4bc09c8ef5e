internal import Database
internal import EventTypes

/// The rows of orders and of published documents, between tables and memory.
enum OrderRows {
    static func order(_ row: Row) throws -> Journey.Order {
        let currency: Currency = try row.get("currency")
        return Journey.Order(
            userID: try row.get("user_id"),
            total: try Money(minorUnits: try row.get("total_minor"), currency),
            placedAt: try row.get("placed_at"), paidAt: try row.get("paid_at"),
            cancelledAt: try row.get("cancelled_at"),
            refunded: try Money(minorUnits: try row.get("refunded_minor"), currency))
    }

    static func partID(_ row: Row) throws -> Journey.OrderPart {
        Journey.OrderPart(
            orderID: try row.get("purchase_id"), merchantID: try row.get("merchant_id"))
    }

    static func part(_ row: Row) throws -> Money {
        try Money(minorUnits: try row.get("gross_minor"), try row.get("currency"))
    }

    static func document(_ row: Row) throws -> Journey.Document {
        Journey.Document(
            kind: try row.get("kind"), publishedAt: try row.get("published_at"),
            isPublic: try row.get("is_public"))
    }

    /// Writes all that is in a journey, one statement a table.
    static func statements(_ journey: Journey) -> [SQL] {
        [orders(journey), parts(journey), documents(journey)].compactMap { $0 }
    }

    private static func orders(_ journey: Journey) -> SQL? {
        let rows = Array(journey.orders)
        if rows.isEmpty { return nil }
        return """
            INSERT INTO purchase (
                id, user_id, currency, total_minor, refunded_minor, placed_at, paid_at,
                cancelled_at)
            SELECT * FROM unnest(\(rows.map(\.key)), \(rows.map(\.value.userID)),
                \(rows.map(\.value.total.currency)), \(rows.map(\.value.total.minorUnits)),
                \(rows.map(\.value.refunded.minorUnits)), \(rows.map(\.value.placedAt)),
                \(rows.map(\.value.paidAt)), \(rows.map(\.value.cancelledAt)))
            ON CONFLICT (id) DO UPDATE SET
                user_id = excluded.user_id, currency = excluded.currency,
                total_minor = excluded.total_minor, refunded_minor = excluded.refunded_minor,
                placed_at = excluded.placed_at, paid_at = excluded.paid_at,
                cancelled_at = excluded.cancelled_at
            """
    }

    private static func parts(_ journey: Journey) -> SQL? {
        let rows = Array(journey.parts)
        if rows.isEmpty { return nil }
        return """
            INSERT INTO purchase_part (purchase_id, merchant_id, gross_minor)
            SELECT * FROM unnest(\(rows.map(\.key.orderID)), \(rows.map(\.key.merchantID)),
                \(rows.map(\.value.minorUnits)))
            ON CONFLICT (purchase_id, merchant_id) DO UPDATE SET
                gross_minor = excluded.gross_minor
            """
    }

    private static func documents(_ journey: Journey) -> SQL? {
        let rows = Array(journey.documents)
        if rows.isEmpty { return nil }
        return """
            INSERT INTO document (id, kind, published_at, is_public)
            SELECT * FROM unnest(\(rows.map(\.key)), \(rows.map(\.value.kind)),
                \(rows.map(\.value.publishedAt)), \(rows.map(\.value.isPublic)))
            ON CONFLICT (id) DO UPDATE SET
                kind = excluded.kind, published_at = excluded.published_at,
                is_public = excluded.is_public
            """
    }
}
