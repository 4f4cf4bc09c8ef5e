internal import Bus
internal import Crypto
internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime

/// Everything that a service's program is made of, connected but not running.
struct ServiceParts<Service: SoukService>: Sendable {
    let configuration: Configuration
    let keys: StandardKeys
    let bus: BusConfiguration
    let exporter: OTLPExporter?
    let store: PostgresEventStore?
    let projections: ProjectionRunner?
    let context: ServiceContext
    let blueprint: Blueprint
    /// Those of the blueprint, checked.
    let upcasters: UpcasterChain
    let application: ServiceApplication

    var logger: Logger { context.logger }
    var schema: String { configuration[keys.databaseSchema] }

    /// Reads the settings and puts the service together.
    ///
    /// - Throws: `ConfigurationError` for wrong settings, `BusError` for those that the installed
    ///   library cannot do, what `Service.build` throws.
    static func make(environment: [String: String]) async throws -> Self {
        let keys = ServiceProgram<Service>.standardKeys
        let configuration = try Configuration(
            environment: environment, keys: ServiceProgram<Service>.keys)
        let secrets = try ServiceSecrets(configuration, keys)
        let bus = try BusKeys.bus(configuration, clientID: Service.name)
        let foundation = ServiceFoundation(Service.name, configuration)
        let pool = DatabasePool(
            DatabaseConfiguration(
                url: configuration[keys.databaseURL], applicationName: Service.name,
                searchPath: configuration[keys.databaseSchema],
                connections: configuration[keys.databaseConnections]),
            loop: foundation.loop, logger: foundation.logger.labelled("database"),
            metrics: foundation.metrics)
        let waiter = LateWaiter()
        let log =
            Service.hasLog
            ? PostgresEventStore(
                pool: pool, loop: foundation.loop, clock: foundation.clock, ids: foundation.ids,
                logger: foundation.logger.labelled("log"), metrics: foundation.metrics) : nil
        let context = foundation.context(
            Service.self, configuration, pool: pool, store: log ?? MemoryEventStore(),
            key: secrets.key, waiter: waiter)
        let blueprint = try await Service.build(context)
        let upcasters = try UpcasterChain(blueprint.upcasters)
        log?.use(upcasters)
        let projections = log.map { log in
            ProjectionRunner(
                store: log, pool: pool, projections: blueprint.projections, loop: foundation.loop,
                clock: foundation.clock, logger: foundation.logger.labelled("projections"),
                metrics: foundation.metrics)
        }
        if let projections { waiter.set(projections) }
        let application = try ServiceApplication(
            Service.self, context: context, blueprint: blueprint,
            trust: secrets.trust(configuration, keys, context),
            publicURL: configuration[keys.publicURL],
            logsRequests: configuration[keys.logsRequests])
        return Self(
            configuration: configuration, keys: keys, bus: bus, exporter: foundation.exporter,
            store: log, projections: projections, context: context, blueprint: blueprint,
            upcasters: upcasters, application: application)
    }
}

/// What a program stands on before it knows what it is for.
struct ServiceFoundation: Sendable {
    let name: String
    let loop: EventLoop
    let logger: Logger
    let metrics = Metrics()
    let clock = SystemClock()
    let ids = UUIDv7Generator()
    let random = SystemRandom()
    let http: HTTPClient
    let exporter: OTLPExporter?
    let tracer: Tracer

    init(_ name: String, _ configuration: Configuration) {
        self.name = name
        loop = EventLoop(name: name)
        logger = Logger(
            label: name, level: configuration[RuntimeKeys.logLevel],
            sink: StandardLogSink(format: configuration[RuntimeKeys.logFormat]))
        let http = HTTPClient(loop: loop)
        self.http = http
        exporter = configuration[RuntimeKeys.traceEndpoint].map { [logger, metrics] endpoint in
            OTLPExporter(
                service: name, version: OpenAPIDocument.version, endpoint: endpoint,
                headers: configuration[RuntimeKeys.traceHeaders], logger: logger,
                metrics: metrics,
                send: { request in
                    let response = try await http.send(
                        HTTPClientRequest(
                            .post, request.url,
                            headers: HTTPHeaders(request.headers.map { ($0, $1) }),
                            body: .bytes(request.body)))
                    _ = try await response.body.collect(upTo: 1 << 20)
                    return response.status.code
                })
        }
        tracer = Tracer(
            exporter: exporter, sampling: configuration[RuntimeKeys.traceSampling],
            random: PooledRandom())
    }

    func context<Service: SoukService>(
        _ service: Service.Type, _ configuration: Configuration, pool: DatabasePool,
        store: any EventStore, key: SigningKey?, waiter: any ProjectionWaiting
    ) -> ServiceContext {
        let tokens = ServiceTokens(name: name, key: key, clock: clock, ids: ids)
        var neighbours: [String: Neighbour] = [:]
        for neighbour in Service.neighbours {
            neighbours[neighbour.name] = Neighbour(
                name: neighbour.name, url: configuration[neighbour.url], http: http,
                tokens: tokens, loop: loop)
        }
        let subjectKeys: any SubjectKeys =
            neighbours["user"].map { RemoteSubjectKeys(neighbour: $0, clock: clock) }
            ?? NoSubjectKeys(name: name)
        return ServiceContext(
            name: name, configuration: configuration, loop: loop, logger: logger,
            metrics: metrics, tracer: tracer, clock: clock, ids: ids, random: random, pool: pool,
            store: store, http: http, tokens: tokens, subjectKeys: subjectKeys,
            neighbours: neighbours, waiter: waiter)
    }
}

/// Stands in where a service is not a neighbour of the keeper of subject keys.
private struct NoSubjectKeys: SubjectKeys {
    let name: String

    func key(of subject: UserID) async throws -> SubjectKey? {
        throw NeighbourError(
            .unavailable, neighbour: "user", reason: "\(name) does not list it as a neighbour")
    }

    func forget(_ subject: UserID) {}
}
