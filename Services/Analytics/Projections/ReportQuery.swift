internal import Database
internal import EventTypes

/// The statements that sum up rows for a window, and what their results say.
enum ReportQuery {
    /// Every sale of a window once, as `Journey.sold`: conversions, and what shops sold in orders
    /// that no conversion stands for.
    private static func sold(_ window: ReportWindow) -> SQL {
        """
        SELECT merchant_id, user_id, sold_at, currency, stage, sale_minor, cashback_minor,
            clawed_back_minor
        FROM sale WHERE \(window.holds("sold_at"))
        UNION ALL
        SELECT part.merchant_id, purchase.user_id, purchase.paid_at, purchase.currency,
            CASE WHEN purchase.cancelled_at IS NULL THEN \(Journey.Sale.Stage.tracked.rawValue)
                ELSE \(Journey.Sale.Stage.declined.rawValue) END,
            part.gross_minor, 0, 0
        FROM purchase JOIN purchase_part AS part ON part.purchase_id = purchase.id
        WHERE purchase.paid_at IS NOT NULL AND \(window.holds("purchase.paid_at"))
            AND NOT EXISTS (
                SELECT FROM sale
                WHERE sale.order_id = part.purchase_id AND sale.merchant_id = part.merchant_id)
        """
    }

    // MARK: Revenue

    static func revenue(_ window: ReportWindow, limit: Int) -> SQL {
        """
        SELECT date_trunc('day', sold_at, 'UTC') AS day, merchant_id, currency, stage,
            count(*) AS sales, sum(sale_minor)::bigint AS gross,
            sum(cashback_minor)::bigint AS cashback,
            sum(clawed_back_minor)::bigint AS clawed_back
        FROM (\(sold(window))) AS sold
        GROUP BY 1, 2, 3, 4 LIMIT \(limit)
        """
    }

    static func revenue(
        _ rows: [Row]
    ) throws -> [RevenueReport.Key: RevenueReport.Line] {
        var lines: [RevenueReport.Key: RevenueReport.Line] = [:]
        for row in rows {
            let key = RevenueReport.Key(
                day: try row.get("day"), merchantID: try row.get("merchant_id"),
                currency: try row.get("currency"))
            lines[key, default: .init()].add(
                RevenueReport.Line.Share(
                    stage: try row.get("stage"), sales: try row.get("sales"),
                    gross: try row.get("gross"), cashback: try row.get("cashback"),
                    clawedBack: try row.get("clawed_back")))
        }
        return lines
    }

    // MARK: Funnel

    static func funnel(_ window: ReportWindow) -> SQL {
        """
        WITH reached AS (
            SELECT click.user_id, coalesce(max(sale.depth), 0) AS depth
            FROM click LEFT JOIN sale ON sale.click_id = click.id
            WHERE \(window.holds("click.clicked_at"))
            GROUP BY click.id, click.user_id
        )
        SELECT level::bigint AS level, count(*) AS clicks, count(DISTINCT user_id) AS people
        FROM reached JOIN generate_series(0, 3) AS level ON level <= depth
        GROUP BY level
        """
    }

    static func funnel(_ rows: [Row]) throws -> [FunnelReport.Step: FunnelReport.Line] {
        var lines: [FunnelReport.Step: FunnelReport.Line] = [:]
        for row in rows {
            let level: Int = try row.get("level")
            guard FunnelReport.Step.allCases.indices.contains(level) else { continue }
            lines[FunnelReport.Step.allCases[level]] = FunnelReport.Line(
                clicks: try row.get("clicks"), people: try row.get("people"))
        }
        return lines
    }

    // MARK: Customers

    static func customers(_ window: ReportWindow) -> SQL {
        """
        SELECT user_id, currency, max(sold_at) AS last_sale, count(*) AS sales,
            sum(sale_minor)::bigint AS gross
        FROM (\(sold(window))) AS sold
        WHERE user_id IS NOT NULL AND stage <> \(Journey.Sale.Stage.declined.rawValue)
        GROUP BY user_id, currency
        """
    }

    static func customers(_ rows: [Row]) throws -> [RFMReport.Customer] {
        try rows.map { row in
            RFMReport.Customer(
                userID: try row.get("user_id"), lastSale: try row.get("last_sale"),
                sales: try row.get("sales"), gross: try row.get("gross"),
                currency: try row.get("currency"))
        }
    }

    // MARK: Ledger

    static func ledger(_ window: ReportWindow) -> SQL {
        """
        SELECT purpose, currency, sum(added)::bigint AS added, sum(taken)::bigint AS taken,
            sum(postings)::bigint AS postings
        FROM ledger_day WHERE \(window.holds("day"))
        GROUP BY purpose, currency
        """
    }

    static func ledger(_ rows: [Row]) throws -> [LedgerReport.Key: Journey.LedgerSum] {
        var lines: [LedgerReport.Key: Journey.LedgerSum] = [:]
        for row in rows {
            let key = LedgerReport.Key(
                purpose: try row.get("purpose"), currency: try row.get("currency"))
            lines[key] = try JourneyRows.ledgerSum(row)
        }
        return lines
    }

    // MARK: The rest of the dashboard

    static func people(_ window: ReportWindow) -> SQL {
        """
        SELECT count(*) AS people, count(*) FILTER (WHERE is_verified) AS verified
        FROM person WHERE registered_at IS NOT NULL AND \(window.holds("registered_at"))
        """
    }

    static func clicks(_ window: ReportWindow) -> SQL {
        """
        SELECT date_trunc('day', clicked_at, 'UTC') AS day, merchant_id, count(*) AS clicks
        FROM click WHERE \(window.holds("clicked_at"))
        GROUP BY 1, 2 LIMIT \(ReadModel.rowLimit + 1)
        """
    }

    static func payouts(_ window: ReportWindow) -> SQL {
        """
        SELECT stage, currency, count(*) AS payouts, sum(amount_minor)::bigint AS amount
        FROM withdrawal WHERE \(window.holds("requested_at"))
        GROUP BY stage, currency
        """
    }

    static func visits(_ window: ReportWindow) -> SQL {
        """
        SELECT name, sum(visits)::bigint AS visits FROM visit_day WHERE \(window.holds("day"))
        GROUP BY name ORDER BY visits DESC, name LIMIT \(Dashboard.visitLimit)
        """
    }

    static func orders(_ window: ReportWindow) -> SQL {
        """
        SELECT currency, count(placed_at) AS placed, count(paid_at) AS paid,
            coalesce(sum(total_minor) FILTER (WHERE paid_at IS NOT NULL), 0)::bigint
                AS paid_minor,
            count(cancelled_at) AS cancelled, sum(refunded_minor)::bigint AS refunded_minor
        FROM purchase WHERE \(window.holds("coalesce(placed_at, paid_at)"))
        GROUP BY currency
        """
    }

    static func orders(_ rows: [Row]) throws -> [Currency: DashboardNumbers.Orders] {
        var orders: [Currency: DashboardNumbers.Orders] = [:]
        for row in rows {
            orders[try row.get("currency")] = DashboardNumbers.Orders(
                placed: try row.get("placed"), paid: try row.get("paid"),
                paidMinorUnits: try row.get("paid_minor"), cancelled: try row.get("cancelled"),
                refundedMinorUnits: try row.get("refunded_minor"))
        }
        return orders
    }

    static func told(_ window: ReportWindow) -> SQL {
        """
        SELECT name, sum(times)::bigint AS times FROM told_day WHERE \(window.holds("day"))
        GROUP BY name
        """
    }

    static func publicDocuments(_ window: ReportWindow) -> SQL {
        """
        SELECT count(*) AS documents FROM document
        WHERE is_public AND \(window.holds("published_at"))
        """
    }
}

extension ReportWindow {
    /// The condition that a time lies in the window.
    func holds(_ column: SQL) -> SQL {
        var condition: SQL = "true"
        if let from { condition += " AND \(column) >= \(from)" }
        if let to { condition += " AND \(column) < \(to)" }
        return condition
    }
}
