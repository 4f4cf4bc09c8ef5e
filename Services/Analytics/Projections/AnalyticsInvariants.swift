internal import Database
internal import EventStore
internal import EventTypes

/// What is true of the read model whenever it is looked at.
enum AnalyticsInvariants {
    static let all = [ledgerIsBalanced, readModelIsItsLog]

    static let ledgerIsBalanced = Invariant(
        name: "what the ledger adds and takes on a day is the same in each currency"
    ) { context in
        let rows = try await context.pool.query(
            """
            SELECT day, currency, sum(added - taken)::bigint AS rest
            FROM ledger_day GROUP BY day, currency
            """, isReadOnly: true)
        var cases: [String] = []
        for row in rows where try row.get("rest", as: Int64.self) != 0 {
            let day: Timestamp = try row.get("day")
            let currency: Currency = try row.get("currency")
            cases.append("\(day.dateText) \(currency.code) is off by \(try rest(row)) minor units")
        }
        return result(cases, examined: rows.count)
    }

    /// Folds the log anew, as far as each projection has come, and compares.
    static let readModelIsItsLog = Invariant(
        name: "the read model is what the log folds to"
    ) { context in
        let (tables, checkpoints) = try await context.pool.withTransaction(
            isolation: .repeatableRead, readOnly: true
        ) { connection in
            let rows = try await connection.query("SELECT name, checkpoint FROM projection")
            var checkpoints: [String: Int64] = [:]
            for row in rows { checkpoints[try row.get("name")] = try row.get("checkpoint") }
            return (try await JourneyRows.all(on: connection), checkpoints)
        }
        let rows = checkpoints[JourneyProjection().name] ?? 0
        let tallies = checkpoints[TallyProjection().name] ?? 0
        var folded = Journey()
        var sums = Journey()
        var position: Int64 = 0
        while position < max(rows, tallies) {
            let events = try await context.store.readAll(after: position, limit: 1_000)
            guard let last = events.last else { break }
            for event in events {
                guard let fact = try PublishedFact.of(event) else { continue }
                if event.position <= rows { folded.apply(fact.event, at: fact.time) }
                if event.position <= tallies { sums.apply(fact.event, at: fact.time) }
            }
            position = last.position
        }
        folded.ledger = sums.ledger
        folded.tracked = sums.tracked
        folded.told = sums.told
        var cases: [String] = []
        cases += differences("person", folded.people, tables.people)
        cases += folded.verified == tables.verified ? [] : ["who is verified is not the same"]
        cases += differences("merchant", folded.merchants, tables.merchants)
        cases += differences("click", folded.clicks, tables.clicks)
        cases += differences("sale", folded.sales, tables.sales)
        cases += differences("withdrawal", folded.withdrawals, tables.withdrawals)
        cases += differences("order", folded.orders, tables.orders)
        cases += folded.parts == tables.parts ? [] : ["the parts of orders are not the same"]
        cases += differences("document", folded.documents, tables.documents)
        cases += folded.ledger == tables.ledger ? [] : ["the sums of the ledger are not the same"]
        cases += folded.tracked == tables.tracked ? [] : ["the visits are not the same"]
        cases += folded.told == tables.told ? [] : ["the messages are not the same"]
        return result(cases, examined: Int(min(position, max(rows, tallies))))
    }

    private static func differences<Entity, Row: Equatable>(
        _ table: String, _ folded: [Identifier<Entity>: Row], _ stored: [Identifier<Entity>: Row]
    ) -> [String] {
        Set(folded.keys).union(stored.keys).filter { folded[$0] != stored[$0] }.sorted()
            .prefix(InvariantResult.violationLimit).map { id in
                switch (folded[id], stored[id]) {
                case (nil, _): "\(table) \(id) is in the table and not in the log"
                case (_, nil): "\(table) \(id) is in the log and not in the table"
                default: "\(table) \(id) is not what the log says"
                }
            }
    }

    private static func rest(_ row: Row) throws -> Int64 { try row.get("rest") }

    private static func result(_ cases: [String], examined: Int) -> InvariantResult {
        cases.isEmpty
            ? .holds(examined: examined)
            : .violated(Array(cases.prefix(InvariantResult.violationLimit)))
    }
}
