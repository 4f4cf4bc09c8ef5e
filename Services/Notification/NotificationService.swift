internal import EventStore
public import Runtime
public import ServiceKit

/// Messages to people, on every channel that they want.
public enum NotificationService: SoukService {
    public static let name = "notification"
    public static let summary = "Tells people what happens: in the app, live, and by e-mail."
    public static let port = 8106

    public static let configuration: [AnyConfigurationKey] = MailSettings.all
    public static let neighbours = [NeighbourKey("user", "http://127.0.0.1:8101")]

    public static func build(_ context: ServiceContext) async throws -> Blueprint {
        let settings = context.configuration
        let templates = try TemplateLibrary(
            platformURL: settings[StandardKeys(name: name, port: port).publicURL])
        let server = try MailSettings.server(settings)
        let process = emailProcess(context, templates, server)
        let mailer = Mailer(
            process: process, context: context, server: server,
            connections: settings[MailSettings.connections],
            logger: context.logger.labelled("mailer"))
        let hub = LiveHub(context)
        let telling = Telling(templates: templates, clock: context.clock)
        return Blueprint(
            projections: [NotificationsProjection(), MessagesProjection()],
            publish: { event in try NotificationPublications.map(event) },
            subscriptions: NotificationPolicies(telling: telling, keys: context.subjectKeys).all,
            timers: process.timers, routes: routes(context, hub),
            invariants: NotificationInvariants.all,
            components: [("mailer", mailer), ("live", hub)], limits: LiveHub.serverLimits)
    }

    private static func routes(_ context: ServiceContext, _ hub: LiveHub) -> RouteTable {
        let (store, pool, clock) = (context.store, context.pool, context.clock)
        var routes = NotificationRoutes(store: store, pool: pool, clock: clock).table
        routes.include(PreferenceRoutes(store: store, clock: clock).table)
        routes.include(MessageRoutes(store: store, pool: pool, clock: clock).table)
        routes.include(LiveRoutes.table(context, hub))
        return routes
    }

    private static func emailProcess(
        _ context: ServiceContext, _ templates: TemplateLibrary, _ server: MailServer
    ) -> EmailProcess {
        EmailProcess(
            store: context.store,
            letters: EmailComposer(
                store: context.store, keys: context.subjectKeys, templates: templates,
                from: context.configuration[MailSettings.from]),
            clock: context.clock, ids: context.ids, random: context.random, loop: context.loop,
            logger: context.logger.labelled("mailer"), meters: EmailMeters(context.metrics),
            // A connection that was closed meanwhile is opened once more, and each has its goodbye.
            patience: server.timeout * 4 + .seconds(60))
    }
}
