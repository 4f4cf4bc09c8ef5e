internal import HTTP
internal import ServiceKit

/// What the platform's page asks for, open to everybody.
enum PulseRoutes {
    static func make(_ context: ServiceContext) -> RouteTable {
        var routes = RouteTable(tag: "pulse")
        let model = PulseModel(pool: context.pool)
        let cache = PulseCache(clock: context.clock) { try await model.view(at: $0) }
        routes.get(
            "/api/v1/analytics/pulse", "Show the platform alive", id: "showPulse", access: .open,
            description: """
                Totals, events in each of the last 60 seconds, events by topic, and one sale on its \
                way from the click to the payout. Nothing personal. It is made at most once a \
                second.
                """
        ) { (_: Call<NoBody>) -> Reply<PulseView> in
            .ok(try await cache.view()).header("Cache-Control", "public, max-age=1")
        }
        return routes
    }
}
