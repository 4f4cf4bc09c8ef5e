internal import Bus
internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime

extension ServiceParts {
    /// Serves until the process is told to stop. What something stands on starts before it and
    /// stops after it; before anything stops, `/readyz` says 503.
    func serve() async throws {
        IdleMemory.configure()
        ProcessMetrics.register(in: context.metrics)
        var group = ComponentGroup(
            logger: logger, deadline: configuration[RuntimeKeys.shutdownDeadline])
        let loop = context.loop
        group.add("memory", IdleMemory(loop: loop), on: loop)
        if let exporter { group.add("traces", exporter, on: loop) }
        group.add("loop lag", LoopLagMonitor([loop], metrics: context.metrics), on: loop)
        if let store, let projections {
            try add(store, projections, to: &group)
        }
        for (name, component) in blueprint.components {
            group.add(name, AnyComponent(component), on: loop)
        }
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(
                host: configuration[keys.httpHost], port: configuration[keys.httpPort],
                limits: blueprint.limits),
            loops: [loop], logger: logger.labelled("http"), metrics: context.metrics,
            handler: application.handler)
        group.add("http", server, on: loop)
        group.add(
            "announcement",
            StartStep { [logger] in
                logger.notice("ready", ["service": Service.name, "port": server.port])
            }, on: loop)
        group.add(
            "readiness",
            DrainStep(
                readiness: application.readiness, delay: configuration[keys.drainDelay],
                loop: loop), on: loop)
        try await group.run()
    }

    /// The log and everything that follows it.
    private func add(
        _ store: PostgresEventStore, _ projections: ProjectionRunner,
        to group: inout ComponentGroup
    ) throws {
        let loop = context.loop
        group.add("database", context.pool, on: loop)
        if configuration[keys.migrates] {
            group.add(
                "migrations",
                StartStep { [self] in
                    for name in try await runMigrations() {
                        logger.notice("migrated", ["migration": name])
                    }
                }, on: loop)
        }
        group.add("log", store, on: loop)
        group.add("health", healthMeter(), on: loop)
        group.add("projections", projections, on: loop)
        guard blueprint.publish != nil || !blueprint.subscriptions.isEmpty else {
            return addTimers(store, projections, to: &group)
        }
        let producer = try BusProducer(
            bus, loop: loop, logger: logger.labelled("producer"), metrics: context.metrics)
        group.add("producer", producer, on: loop)
        if let publish = blueprint.publish {
            group.add(
                "publisher",
                Publisher(
                    source: Service.name, store: store, pool: context.pool, producer: producer,
                    admin: try BusAdmin(bus, loop: loop, logger: logger.labelled("bus")),
                    configuration: bus, loop: loop, map: publish,
                    logger: logger.labelled("publisher"), metrics: context.metrics),
                on: loop)
        }
        if !blueprint.subscriptions.isEmpty {
            group.add(
                "inbox",
                try Inbox(
                    service: Service.name, subscriptions: blueprint.subscriptions, store: store,
                    pool: context.pool, bus: bus, producer: producer, loop: loop, ids: context.ids,
                    upcasters: upcasters, logger: logger.labelled("inbox"),
                    metrics: context.metrics),
                on: loop)
        }
        addTimers(store, projections, to: &group)
    }

    private func healthMeter() -> HealthMeter {
        let pool = DatabasePool(
            DatabaseConfiguration(
                url: configuration[keys.databaseURL], applicationName: "\(Service.name) health",
                searchPath: schema, connections: 1),
            loop: context.loop, logger: logger.labelled("health"), metrics: context.metrics)
        return HealthMeter(pool: pool, loop: context.loop, metrics: context.metrics)
    }

    private func addTimers(
        _ store: PostgresEventStore, _ projections: ProjectionRunner,
        to group: inout ComponentGroup
    ) {
        let loop = context.loop
        if !blueprint.timers.isEmpty {
            group.add(
                "timers",
                TimerRunner(
                    store: store, handlers: blueprint.timers, loop: loop,
                    logger: logger.labelled("timers"), metrics: context.metrics),
                on: loop)
        }
        watchReadiness(projections)
    }

    private func watchReadiness(_ projections: ProjectionRunner) {
        let readiness = application.readiness
        let pool = context.pool
        readiness.add("database") {
            do {
                _ = try await pool.query("SELECT 1", isReadOnly: true, timeout: Readiness.timeout)
                return nil
            } catch {
                return "does not answer"
            }
        }
    }
}

/// A component of any type, for groups that take one of a known type.
struct AnyComponent: Component {
    private let component: any Component

    init(_ component: any Component) { self.component = component }

    func run(_ lifecycle: Lifecycle) async throws { try await component.run(lifecycle) }
}
