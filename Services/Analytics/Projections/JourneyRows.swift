internal import Database
internal import EventTypes

/// The rows of a journey, between tables and memory.
enum JourneyRows {
    /// Loads the sales, payouts, orders and documents that these facts change.
    static func load(
        into journey: inout Journey, for facts: [PublishedFact], on connection: Connection
    ) async throws {
        var sales: Set<ConversionID> = []
        var withdrawals: Set<WithdrawalID> = []
        var orders: Set<OrderID> = []
        var documents: Set<DocumentID> = []
        for fact in facts {
            switch fact.event {
            case let fact as CashbackConversionPending: sales.insert(fact.conversionID)
            case let fact as CashbackConversionApproved: sales.insert(fact.conversionID)
            case let fact as CashbackConversionDeclined: sales.insert(fact.conversionID)
            case let fact as CashbackConversionCredited: sales.insert(fact.conversionID)
            case let fact as CashbackConversionClawedBack: sales.insert(fact.conversionID)
            case let fact as WalletWithdrawalApproved: withdrawals.insert(fact.withdrawalID)
            case let fact as WalletWithdrawalRejected: withdrawals.insert(fact.withdrawalID)
            case let fact as WalletWithdrawalPaid: withdrawals.insert(fact.withdrawalID)
            case let fact as WalletWithdrawalFailed: withdrawals.insert(fact.withdrawalID)
            case let fact as OrderPaid: orders.insert(fact.orderID)
            case let fact as OrderRefunded: orders.insert(fact.orderID)
            case let fact as OrderCancelled: orders.insert(fact.orderID)
            case let fact as CMSDocumentUnpublished: documents.insert(fact.documentID)
            default: break
            }
        }
        if sales.isEmpty && withdrawals.isEmpty && orders.isEmpty && documents.isEmpty { return }
        let rows = try await connection.pipeline([
            "SELECT * FROM sale WHERE id = ANY(\(Array(sales)))",
            "SELECT * FROM withdrawal WHERE id = ANY(\(Array(withdrawals)))",
            "SELECT * FROM purchase WHERE id = ANY(\(Array(orders)))",
            "SELECT * FROM document WHERE id = ANY(\(Array(documents)))",
        ])
        for row in rows[0] { journey.sales[try row.get("id")] = try sale(row) }
        for row in rows[1] { journey.withdrawals[try row.get("id")] = try withdrawal(row) }
        for row in rows[2] { journey.orders[try row.get("id")] = try OrderRows.order(row) }
        for row in rows[3] { journey.documents[try row.get("id")] = try OrderRows.document(row) }
    }

    /// The whole journey as the tables of both projections have it.
    static func all(on connection: Connection) async throws -> Journey {
        let rows = try await connection.pipeline([
            "SELECT * FROM person", "SELECT * FROM merchant", "SELECT * FROM click",
            "SELECT * FROM sale", "SELECT * FROM withdrawal", "SELECT * FROM ledger_day",
            "SELECT * FROM visit_day", "SELECT * FROM purchase", "SELECT * FROM document",
            """
            SELECT part.*, purchase.currency FROM purchase_part AS part
            JOIN purchase ON purchase.id = part.purchase_id
            """, "SELECT * FROM told_day",
        ])
        var journey = Journey()
        for row in rows[0] {
            let id: UserID = try row.get("id")
            journey.people[id] = try row.get("registered_at", as: Timestamp?.self)
            if try row.get("is_verified") { journey.verified.insert(id) }
        }
        for row in rows[1] { journey.merchants[try row.get("id")] = try row.get("name") }
        for row in rows[2] {
            journey.clicks[try row.get("id")] = Journey.Click(
                merchantID: try row.get("merchant_id"), userID: try row.get("user_id"),
                at: try row.get("clicked_at"))
        }
        for row in rows[3] { journey.sales[try row.get("id")] = try sale(row) }
        for row in rows[4] { journey.withdrawals[try row.get("id")] = try withdrawal(row) }
        for row in rows[5] {
            let line = Journey.LedgerLine(
                day: try row.get("day"), purpose: try row.get("purpose"),
                currency: try row.get("currency"))
            journey.ledger[line] = try ledgerSum(row)
        }
        for row in rows[6] {
            journey.tracked[.init(day: try row.get("day"), name: try row.get("name"))] =
                try row.get("visits")
        }
        for row in rows[7] { journey.orders[try row.get("id")] = try OrderRows.order(row) }
        for row in rows[8] { journey.documents[try row.get("id")] = try OrderRows.document(row) }
        for row in rows[9] { journey.parts[try OrderRows.partID(row)] = try OrderRows.part(row) }
        for row in rows[10] {
            journey.told[.init(day: try row.get("day"), name: try row.get("name"))] =
                try row.get("times")
        }
        return journey
    }

    static func ledgerSum(_ row: Row) throws -> Journey.LedgerSum {
        Journey.LedgerSum(
            added: try row.get("added"), taken: try row.get("taken"),
            postings: try row.get("postings"))
    }

    /// - Parameter column: where its currency stands.
    static func sale(_ row: Row, currency column: String = "currency") throws -> Journey.Sale {
        let currency: Currency = try row.get(column)
        return Journey.Sale(
            clickID: try row.get("click_id"), merchantID: try row.get("merchant_id"),
            userID: try row.get("user_id"), network: try row.get("network"),
            orderID: try row.get("order_id"), soldAt: try row.get("sold_at"),
            sale: try Money(minorUnits: try row.get("sale_minor"), currency),
            stage: try row.get("stage"),
            cashback: try Money(minorUnits: try row.get("cashback_minor"), currency),
            clawedBack: try Money(minorUnits: try row.get("clawed_back_minor"), currency),
            approvedAt: try row.get("approved_at"), creditedAt: try row.get("credited_at"),
            clawedBackAt: try row.get("clawed_back_at"))
    }

    private static func withdrawal(_ row: Row) throws -> Journey.Withdrawal {
        Journey.Withdrawal(
            userID: try row.get("user_id"),
            amount: try Money(
                minorUnits: try row.get("amount_minor"), try row.get("currency")),
            requestedAt: try row.get("requested_at"), stage: try row.get("stage"))
    }

    /// Writes all that is in a journey, one statement a table.
    static func statements(_ journey: Journey) -> [SQL] {
        [
            people(journey), merchants(journey), clicks(journey), sales(journey),
            withdrawals(journey),
        ].compactMap { $0 }
    }

    private static func people(_ journey: Journey) -> SQL? {
        let ids = Array(journey.verified.union(journey.people.keys))
        if ids.isEmpty { return nil }
        return """
            INSERT INTO person (id, registered_at, is_verified)
            SELECT * FROM unnest(\(ids), \(ids.map { journey.people[$0] }),
                \(ids.map { journey.verified.contains($0) }))
            ON CONFLICT (id) DO UPDATE SET
                registered_at = coalesce(excluded.registered_at, person.registered_at),
                is_verified = person.is_verified OR excluded.is_verified
            """
    }

    private static func merchants(_ journey: Journey) -> SQL? {
        let rows = Array(journey.merchants)
        if rows.isEmpty { return nil }
        return """
            INSERT INTO merchant (id, name)
            SELECT * FROM unnest(\(rows.map(\.key)), \(rows.map(\.value)))
            ON CONFLICT (id) DO UPDATE SET name = excluded.name
            """
    }

    private static func clicks(_ journey: Journey) -> SQL? {
        let rows = Array(journey.clicks)
        if rows.isEmpty { return nil }
        return """
            INSERT INTO click (id, merchant_id, user_id, clicked_at)
            SELECT * FROM unnest(\(rows.map(\.key)), \(rows.map(\.value.merchantID)),
                \(rows.map(\.value.userID)), \(rows.map(\.value.at)))
            ON CONFLICT (id) DO UPDATE SET
                merchant_id = excluded.merchant_id, user_id = excluded.user_id,
                clicked_at = excluded.clicked_at
            """
    }

    private static func sales(_ journey: Journey) -> SQL? {
        let rows = Array(journey.sales)
        if rows.isEmpty { return nil }
        return """
            INSERT INTO sale (
                id, click_id, merchant_id, user_id, network, order_id, sold_at, currency,
                sale_minor, stage, depth, cashback_minor, clawed_back_minor, approved_at,
                credited_at, clawed_back_at)
            SELECT * FROM unnest(\(rows.map(\.key)), \(rows.map(\.value.clickID)),
                \(rows.map(\.value.merchantID)), \(rows.map(\.value.userID)),
                \(rows.map(\.value.network)), \(rows.map(\.value.orderID)),
                \(rows.map(\.value.soldAt)), \(rows.map(\.value.sale.currency)),
                \(rows.map(\.value.sale.minorUnits)), \(rows.map(\.value.stage.rawValue)),
                \(rows.map { FunnelReport.depth($0.value.stage) }),
                \(rows.map(\.value.cashback.minorUnits)),
                \(rows.map(\.value.clawedBack.minorUnits)), \(rows.map(\.value.approvedAt)),
                \(rows.map(\.value.creditedAt)), \(rows.map(\.value.clawedBackAt)))
            ON CONFLICT (id) DO UPDATE SET
                click_id = excluded.click_id, merchant_id = excluded.merchant_id,
                user_id = excluded.user_id, network = excluded.network,
                order_id = excluded.order_id, sold_at = excluded.sold_at,
                currency = excluded.currency, sale_minor = excluded.sale_minor,
                stage = excluded.stage, depth = excluded.depth,
                cashback_minor = excluded.cashback_minor,
                clawed_back_minor = excluded.clawed_back_minor,
                approved_at = excluded.approved_at, credited_at = excluded.credited_at,
                clawed_back_at = excluded.clawed_back_at
            """
    }

    private static func withdrawals(_ journey: Journey) -> SQL? {
        let rows = Array(journey.withdrawals)
        if rows.isEmpty { return nil }
        return """
            INSERT INTO withdrawal (id, user_id, currency, amount_minor, requested_at, stage)
            SELECT * FROM unnest(\(rows.map(\.key)), \(rows.map(\.value.userID)),
                \(rows.map(\.value.amount.currency)), \(rows.map(\.value.amount.minorUnits)),
                \(rows.map(\.value.requestedAt)), \(rows.map(\.value.stage.rawValue)))
            ON CONFLICT (id) DO UPDATE SET
                user_id = excluded.user_id, currency = excluded.currency,
                amount_minor = excluded.amount_minor, requested_at = excluded.requested_at,
                stage = excluded.stage
            """
    }
}

extension Journey.Sale.Stage: SQLDecodable {}
extension Journey.Withdrawal.Stage: SQLDecodable {}
