internal import Database
internal import EventTypes

/// The numbers of reports, summed up by the database and handed to the reports of the domain.
struct ReadModel: Sendable {
    /// The most groups that one report may have.
    static let rowLimit = 10_000

    let pool: DatabasePool

    /// - Throws: `TooManyRows` when the report would have more than `rowLimit`.
    func table(_ kind: ReportKind, _ window: ReportWindow) async throws -> ReportTable {
        switch kind {
        case .revenue:
            let rows = try await query(ReportQuery.revenue(window, limit: Self.rowLimit + 1))
            try Self.check(rows)
            let lines = try ReportQuery.revenue(rows)
            let names = try await merchants(lines.keys.map(\.merchantID))
            return RevenueReport.table(lines, merchants: names)
        case .funnel:
            return FunnelReport.table(
                try ReportQuery.funnel(try await query(ReportQuery.funnel(window))))
        case .rfm:
            return RFMReport.table(
                try ReportQuery.customers(try await query(ReportQuery.customers(window))))
        case .ledger:
            return LedgerReport.table(
                try ReportQuery.ledger(try await query(ReportQuery.ledger(window))))
        }
    }

    /// All of one moment.
    func dashboard(_ window: ReportWindow) async throws -> DashboardNumbers {
        var numbers = DashboardNumbers()
        let rows = try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) {
            try await $0.pipeline([
                ReportQuery.people(window), ReportQuery.clicks(window),
                ReportQuery.revenue(window, limit: Self.rowLimit + 1), ReportQuery.funnel(window),
                ReportQuery.payouts(window), ReportQuery.visits(window),
                ReportQuery.orders(window), ReportQuery.told(window),
                ReportQuery.publicDocuments(window),
            ])
        }
        numbers.people = try rows[0].first?.get("people") ?? 0
        numbers.verified = try rows[0].first?.get("verified") ?? 0
        try Self.check(rows[1])
        for row in rows[1] {
            let place = DashboardNumbers.Place(
                day: try row.get("day"), merchantID: try row.get("merchant_id"))
            numbers.clicks[place] = try row.get("clicks")
        }
        try Self.check(rows[2])
        numbers.revenue = try ReportQuery.revenue(rows[2])
        numbers.funnel = try ReportQuery.funnel(rows[3])
        for row in rows[4] {
            let key = DashboardNumbers.Payout(
                stage: try row.get("stage"), currency: try row.get("currency"))
            numbers.payouts[key] = DashboardNumbers.Sum(
                count: try row.get("payouts"), minorUnits: try row.get("amount"))
        }
        for row in rows[5] { numbers.visits[try row.get("name")] = try row.get("visits") }
        numbers.orders = try ReportQuery.orders(rows[6])
        for row in rows[7] { numbers.told[try row.get("name")] = try row.get("times") }
        numbers.publicDocuments = try rows[8].first?.get("documents") ?? 0
        let shops = Set(numbers.clicks.keys.map(\.merchantID))
            .union(numbers.revenue.keys.map(\.merchantID))
        numbers.merchants = try await merchants(Array(shops))
        return numbers
    }

    private func query(_ sql: SQL) async throws -> [Row] {
        try await pool.query(sql, isReadOnly: true)
    }

    private func merchants(_ ids: [MerchantID]) async throws -> [MerchantID: String] {
        if ids.isEmpty { return [:] }
        let rows = try await query(
            "SELECT id, name FROM merchant WHERE id = ANY(\(Array(Set(ids))))")
        var names: [MerchantID: String] = [:]
        for row in rows { names[try row.get("id")] = try row.get("name") }
        return names
    }

    private static func check(_ rows: [Row]) throws {
        if rows.count > rowLimit { throw TooManyRows() }
    }
}

/// A report that would be longer than anybody reads.
struct TooManyRows: Error, Equatable {}
