internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import ServiceKit

/// What people see of their sales.
enum ConversionRoutes {
    /// The most versions of one sale that are shown.
    static let postbackLimit = 1_000

    static func make(_ context: ServiceContext) -> RouteTable {
        var routes = RouteTable(tag: "conversions")
        addList(&routes, context.pool)
        addDetail(&routes, context.pool)
        addPostbacks(&routes, context.store)
        addSummary(&routes, context.pool)
        return routes
    }

    private static func addList(_ routes: inout RouteTable, _ pool: DatabasePool) {
        routes.get(
            "/api/v1/cashback/conversions", "List your sales", id: "listConversions",
            access: .signedIn,
            parameters: [
                .query("state", oneOf: Conversion.Phase.self, "Only those in this state.")
            ],
            waitsFor: ["conversions", "offers"]
        ) { (call: Call<NoBody>) -> Reply<Page<ConversionView>> in
            let user = try call.user().userID
            let state = try call.query("state", oneOf: Conversion.Phase.self)?.rawValue
            let last = try call.page.after(Int64.self) ?? .max
            let rows = try await pool.query(
                """
                select \(ConversionView.columns)
                from conversions c left join offers o using (offer_id)
                where c.user_id = \(user) and c.number < \(last)
                    and (\(state)::text is null or c.state = \(state)::text)
                order by c.number desc limit \(call.page.fetchLimit)
                """, isReadOnly: true)
            return .ok(
                try call.page.page(rows) {
                    try $0.get("number", as: Int64.self)
                } item: {
                    try ConversionView($0)
                })
        }
    }

    private static func addDetail(_ routes: inout RouteTable, _ pool: DatabasePool) {
        routes.get(
            "/api/v1/cashback/conversions/{id}", "Show one of your sales with its steps",
            id: "getConversion", access: .signedIn,
            parameters: [.path("id", ConversionID.self, "The sale.")],
            waitsFor: ["conversions", "offers"]
        ) { (call: Call<NoBody>) -> Reply<ConversionView> in
            let id = try call.path("id", as: ConversionID.self)
            let user = try call.user().userID
            let rows = try await pool.query(
                """
                select \(ConversionView.columns)
                from conversions c left join offers o using (offer_id)
                where c.conversion_id = \(id) and c.user_id = \(user)
                """, isReadOnly: true)
            guard let row = rows.first else { throw ProblemSlug.notFound.problem() }
            var view = try ConversionView(row)
            view.steps = try await pool.query(
                """
                select state, at, reason, amount_minor, currency from conversion_steps
                where conversion_id = \(id) order by number
                """, isReadOnly: true
            ).map { try StepView($0) }
            return .ok(view)
        }
    }

    private static func addPostbacks(_ routes: inout RouteTable, _ store: any EventStore) {
        routes.get(
            "/api/v1/cashback/conversions/{id}/postbacks",
            "Show what the network said of a sale, as it came", id: "listPostbacks",
            access: .roles([.finance, .admin]),
            parameters: [.path("id", ConversionID.self, "The sale.")]
        ) { (call: Call<NoBody>) -> Reply<PostbackList> in
            let id = try call.path("id", as: ConversionID.self)
            let events = try await store.read(
                Conversion.stream(id), after: 0, limit: postbackLimit)
            guard !events.isEmpty else { throw ProblemSlug.notFound.problem() }
            let facts = try events.compactMap { try $0.payload(PostbackRecorded.self) }
            return .ok(PostbackList(items: facts.map(PostbackView.init)))
        }
    }

    private static func addSummary(_ routes: inout RouteTable, _ pool: DatabasePool) {
        routes.get(
            "/api/v1/cashback/summary", "Sum up your cashback by state", id: "cashbackSummary",
            access: .signedIn, waitsFor: ["conversions"]
        ) { (call: Call<NoBody>) -> Reply<SummaryView> in
            let user = try call.user().userID
            let rows = try await pool.query(
                """
                select state, currency, sum(cashback_minor)::bigint,
                    sum(clawed_back_minor)::bigint, count(*)
                from conversions where user_id = \(user) group by state, currency
                order by currency
                """, isReadOnly: true)
            var sums: [Conversion.Phase: [Currency: Int64]] = [:]
            var count = 0
            for row in rows {
                let state: Conversion.Phase = try row.get(0)
                let currency: Currency = try row.get(1)
                if state != .clawedBack {
                    sums[state, default: [:]][currency, default: 0] += try row.get(2)
                }
                let taken: Int64 = try row.get(3)
                if taken > 0 { sums[.clawedBack, default: [:]][currency, default: 0] += taken }
                count += try row.get(4)
            }
            var byState: [String: [Money]] = [:]
            for state in Conversion.Phase.allCases where state != .none && state != .tracked {
                let amounts = sums[state] ?? [:]
                byState[state.rawValue] = try amounts.sorted { $0.key.code < $1.key.code }.map {
                    try Money(minorUnits: $0.value, $0.key)
                }
            }
            return .ok(SummaryView(byState: byState, conversions: count))
        }
    }
}
