public import ServiceKit

/// Counts what the platform does: every published event, once, and the visits that clients report.
public enum AnalyticsService: SoukService {
    public static let name = "analytics"
    public static let summary = "Counts what the platform does: dashboard, reports, replay."
    public static let port = 8107

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        var routes = TrackRoutes.make(context)
        routes.include(ReportRoutes.make(context))
        routes.include(PulseRoutes.make(context))
        return Blueprint(
            projections: [JourneyProjection(), TallyProjection(), PulseProjection()],
            publish: AnalyticsPublications.map, subscriptions: [PlatformFacts.subscription],
            routes: routes, invariants: AnalyticsInvariants.all,
            subcommands: [ReplayCommand.subcommand(context)])
    }
}
