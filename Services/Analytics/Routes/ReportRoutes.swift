internal import EventTypes
internal import HTTP
internal import ServiceKit

/// Dashboard and reports, for staff.
enum ReportRoutes {
    static let readers: Access = .roles([.admin, .finance, .support])

    private static let window: [Parameter] = [
        .query("from", Timestamp.self, "The first instant that counts: a date or a time."),
        .query("to", Timestamp.self, "The first instant that does not count any more."),
    ]

    static func make(_ context: ServiceContext) -> RouteTable {
        var routes = RouteTable(tag: "reports")
        let model = ReadModel(pool: context.pool)
        let projections = [JourneyProjection().name, TallyProjection().name]
        routes.get(
            "/api/v1/analytics/dashboard", "Show how the platform does", id: "showDashboard",
            access: readers,
            parameters: window + [
                .query("currency", String.self, "Of which amounts are shown; USD by default.")
            ],
            waitsFor: projections,
            description: """
                People count by their registration, clicks and sales by their own time, payouts by \
                their request, orders by their placement, messages by the day they were told. \
                Sales, orders and amounts are those of one currency. An order of the platform's \
                own checkout counts as one sale of each of its shops: by its conversion where an \
                offer earns cashback for it, by itself where none does.
                """
        ) { (call: Call<NoBody>) -> Reply<Dashboard> in
            let window = try window(of: call)
            let code = try call.query("currency", as: String.self) ?? Currency.usd.code
            guard let currency = Currency(code) else {
                throw Problem.queryFault("currency", "is not a code of ISO 4217")
            }
            let numbers = try await narrow { try await model.dashboard(window) }
            return .ok(Dashboard(numbers, window, in: currency))
        }
        routes.raw(
            .get, "/api/v1/analytics/reports/{report}", "Show a report", id: "showReport",
            access: readers,
            parameters: [.path("report", ReportKind.self, "revenue, funnel, rfm or ledger.")]
                + window + [
                    .query("format", oneOf: ReportFormat.self, "How it is shown; json by default.")
                ],
            produces: ReportFormat.allCases.map(\.mediaType), waitsFor: projections,
            description: """
                The same numbers as `analytics replay --report`. The ledger is kept by day, so \
                `from` and `to` must be dates there.
                """
        ) { call in
            let kind: ReportKind = try call.path("report")
            let window = try window(of: call, for: kind)
            let format = try call.query("format", oneOf: ReportFormat.self) ?? .json
            let table = try await narrow { try await model.table(kind, window) }
            return try response(table, kind, window, format)
        }
        return routes
    }

    private static func window<Body>(
        of call: Call<Body>, for kind: ReportKind = .revenue
    ) throws -> ReportWindow {
        let window = ReportWindow(from: try call.query("from"), to: try call.query("to"))
        if let fault = kind.fault(of: window) { throw ProblemSlug.invalid.problem(fault) }
        return window
    }

    private static func narrow<R>(_ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch is TooManyRows {
            throw ProblemSlug.invalid.problem(
                "That is more than \(ReadModel.rowLimit) rows; narrow it by `from` and `to`.")
        }
    }

    private static func response(
        _ table: ReportTable, _ kind: ReportKind, _ window: ReportWindow, _ format: ReportFormat
    ) throws -> HTTPResponse {
        let text = try format.text(table, kind, window)
        let isText = format == .csv || format == .table
        var response = HTTPResponse.bytes(
            Array(text.utf8), type: format.mediaType + (isText ? "; charset=utf-8" : ""))
        response.headers.set("Cache-Control", "no-store")
        response.headers.set("X-Content-Type-Options", "nosniff")
        if format == .csv {
            response.headers.set(
                "Content-Disposition", "attachment; filename=\"\(kind.rawValue).csv\"")
        }
        if format == .svg {
            response.headers.set(
                "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        }
        return response
    }
}
