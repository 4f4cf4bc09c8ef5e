internal import Database
internal import EventTypes

/// Reads what the platform's page shows: a few rows by their keys, whatever the size of the log.
struct PulseModel: Sendable {
    /// The topics that are shown, in the order of the reference.
    private static let topics = Contract.events.map(\.topic).filter {
        PlatformFacts.topics.contains($0) || $0 == .analyticsEvents
    }

    let pool: DatabasePool

    func view(at now: Timestamp) async throws -> PulseView {
        let end = Timestamp(seconds: now.wholeSeconds)
        let start = end - .seconds(PulseView.seconds)
        let rows = try await pool.pipeline([
            "SELECT * FROM pulse_second WHERE second >= \(start) AND second < \(end)",
            "SELECT * FROM pulse_topic",
            "SELECT * FROM pulse_total",
            "SELECT count(*) AS documents FROM document WHERE is_public",
            """
            SELECT latest.*, sale.id, sale.click_id, sale.merchant_id, sale.user_id, sale.network,
                sale.order_id, sale.sold_at, sale.currency AS sale_currency, sale.sale_minor,
                sale.stage, sale.cashback_minor, sale.clawed_back_minor, sale.approved_at,
                sale.credited_at, sale.clawed_back_at, click.clicked_at,
                merchant.name AS merchant_name
            FROM pulse_latest AS latest
            JOIN sale ON sale.id = latest.conversion_id
            LEFT JOIN click ON click.id = sale.click_id
            LEFT JOIN merchant ON merchant.id = sale.merchant_id
            """,
        ])
        var seconds = Array(repeating: 0, count: PulseView.seconds)
        for row in rows[0] {
            let second: Timestamp = try row.get("second")
            let index = Int(second.wholeSeconds - start.wholeSeconds)
            if seconds.indices.contains(index) { seconds[index] = try row.get("events") }
        }
        return PulseView(
            at: now, totals: try Self.totals(rows[2], documents: rows[3]), perSecond: seconds,
            topics: try Self.topics(rows[1]), journey: try Self.journey(rows[4]))
    }

    private static func totals(_ rows: [Row], documents: [Row]) throws -> PulseView.Totals {
        var counts: [String: Int] = [:]
        var amounts: [String: [Money]] = [:]
        for row in rows {
            let name: String = try row.get("name")
            if let currency = Currency(try row.get("currency", as: String.self)) {
                amounts[name, default: []].append(
                    try Money(minorUnits: try row.get("total"), currency))
            } else {
                counts[name] = try row.get("total")
            }
        }
        func count(_ count: Pulse.Count) -> Int { counts[count.rawValue] ?? 0 }
        func money(_ amount: Pulse.Amount) -> [Money] {
            (amounts[amount.rawValue] ?? []).sorted { $0.currency.code < $1.currency.code }
        }
        return PulseView.Totals(
            people: count(.people), clicks: count(.clicks), sales: count(.sales),
            orders: count(.orders), refunds: count(.refunds), messages: count(.messages),
            pages: try documents.first?.get("documents") ?? 0,
            cashbackCredited: money(.cashbackCredited), paidOut: money(.paidOut))
    }

    private static func topics(_ rows: [Row]) throws -> [PulseView.TopicTraffic] {
        var traffic: [String: (events: Int, lastAt: Timestamp)] = [:]
        for row in rows {
            traffic[try row.get("topic")] = (try row.get("events"), try row.get("last_at"))
        }
        return topics.map { topic in
            let known = traffic[topic.rawValue]
            return PulseView.TopicTraffic(
                topic: topic.rawValue, events: known?.events ?? 0, lastAt: known?.lastAt)
        }
    }

    private static func journey(_ rows: [Row]) throws -> PulseView.Way? {
        var latest: [Pulse.Reach: Pulse.Latest] = [:]
        var rowOf: [Pulse.Reach: Row] = [:]
        for row in rows {
            guard let reach = Pulse.Reach(rawValue: try row.get("reach")) else { continue }
            var sale = Pulse.Latest(
                conversionID: try row.get("conversion_id"), at: try row.get("at"))
            if let minorUnits = try row.get("amount_minor", as: Int64?.self),
                let currency = try row.get("currency", as: Currency?.self)
            {
                sale.amount = try Money(minorUnits: minorUnits, currency)
            }
            latest[reach] = sale
            rowOf[reach] = row
        }
        guard let (reach, sale) = Pulse.candidates(latest).first, let row = rowOf[reach] else {
            return nil
        }
        return PulseView.Way(
            sale.conversionID, try JourneyRows.sale(row, currency: "sale_currency"),
            merchant: try row.get("merchant_name"), clickedAt: try row.get("clicked_at"),
            payout: reach == .paidOut ? sale : nil)
    }
}
