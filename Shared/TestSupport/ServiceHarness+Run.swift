internal import Crypto
internal import Database
internal import EventStore
internal import EventTypes
public import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit

extension ServiceHarness {
    /// Puts a service together for `body`, and takes it apart afterwards.
    ///
    /// - Parameters:
    ///   - settings: the environment that the service's configuration is read from.
    ///   - neighbours: who answers its calls to other services, by name; a call to one that is not
    ///     here finds nobody.
    public static func with<R>(
        _ storage: Storage = .memory, settings: [String: String] = [:],
        neighbours: [String: HTTPHandler] = [:],
        _ body: (ServiceHarness<Service>) async throws -> R
    ) async throws -> R {
        let scene = HarnessScene<Service>(settings: settings, neighbours: neighbours)
        switch storage {
        case .memory:
            let loop = EventLoop(name: "harness")
            defer { loop.stop() }
            // A pool that nobody uses connects to nothing.
            let pool = DatabasePool(
                DatabaseConfiguration(url: "postgresql://nowhere.invalid/none"), loop: loop,
                logger: scene.logger, metrics: scene.metrics)
            let store = MemoryEventStore(clock: scene.clock, ids: scene.ids)
            return try await body(try await scene.build(pool, store, LateWaiter(), loop))
        case .database:
            return try await TestDatabase.with { configuration, loop in
                var configuration = configuration
                configuration.searchPath = Service.name
                return try await scene.run(configuration, loop, body)
            }
        }
    }
}

/// What one harness is made of before the service is.
struct HarnessScene<Service: SoukService>: Sendable {
    let settings: [String: String]
    let neighbours: [String: HTTPHandler]
    let clock = ManualClock()
    let ids = SequentialIdentifiers()
    let log = RecordingLogSink()
    let metrics = Metrics()
    let subjectKeys = TestSubjectKeys()
    let breaches = Breaches()
    let trust = HarnessTrust(of: Service.name)

    var logger: Logger { .recording(log) }

    func build(
        _ pool: DatabasePool, _ store: any EventStore, _ waiter: LateWaiter, _ loop: EventLoop
    ) async throws -> ServiceHarness<Service> {
        let standard = StandardKeys(name: Service.name, port: Service.port)
        let configuration = try Configuration(
            environment: settings,
            keys: standard.all + RuntimeKeys.all + Service.neighbours.map { .init($0.url) }
                + Service.configuration)
        let tokens = ServiceTokens(
            name: Service.name, key: trust.keys[Service.name], clock: clock, ids: ids)
        let context = ServiceContext(
            name: Service.name, configuration: configuration, loop: loop, logger: logger,
            metrics: metrics, tracer: .disabled, clock: clock, ids: ids, random: SeededRandom(),
            pool: pool, store: store, http: HTTPClient(loop: loop), tokens: tokens,
            subjectKeys: subjectKeys, neighbours: neighbours(tokens, loop), waiter: waiter)
        let application = try ServiceApplication(
            Service.self, context: context, blueprint: try await Service.build(context),
            trust: ServiceApplication.Trust(
                issuer: AccessClaims.defaultIssuer, accessKeys: { [trust] in trust.accessKeys },
                serviceKeys: trust.directory, cursorSecret: Array("cursors".utf8)),
            publicURL: configuration[standard.publicURL],
            onBreach: { [breaches] in breaches.add($0) })
        return ServiceHarness(
            clock: clock, ids: ids, log: log, subjectKeys: subjectKeys, trust: trust,
            breaches: breaches, application: application)
    }

    /// A service over a database: its schema migrated, its log and projections running.
    func run<R>(
        _ configuration: DatabaseConfiguration, _ loop: EventLoop,
        _ body: (ServiceHarness<Service>) async throws -> R
    ) async throws -> R {
        let pool = DatabasePool(configuration, loop: loop, logger: logger, metrics: metrics)
        let store = PostgresEventStore(
            pool: pool, loop: loop, clock: clock, ids: ids, logger: logger, metrics: metrics)
        let waiter = LateWaiter()
        let harness = try await build(pool, store, waiter, loop)
        store.use(try UpcasterChain(harness.blueprint.upcasters))
        let projections = ProjectionRunner(
            store: store, pool: pool, projections: harness.blueprint.projections, loop: loop,
            clock: clock, logger: logger, metrics: metrics)
        waiter.set(PatientWaiter(projections: projections))
        let migrations = PostgresEventStore.migrations + harness.blueprint.migrations
        return try await ComponentSession.run([("database", pool)], on: loop) {
            _ = try await Migrator(pool: pool, schema: Service.name, logger: logger)
                .run(migrations)
            return try await ComponentSession.run(
                [("log", store), ("projections", projections)], on: loop
            ) { try await body(harness) }
        }
    }

    private func neighbours(_ tokens: ServiceTokens, _ loop: EventLoop) -> [String: Neighbour] {
        var result: [String: Neighbour] = [:]
        for neighbour in Service.neighbours {
            let handler = neighbours[neighbour.name]
            result[neighbour.name] = Neighbour(
                name: neighbour.name, url: "http://\(neighbour.name)", tokens: tokens, loop: loop,
                random: SeededRandom(),
                send: { request in
                    guard let handler else {
                        throw HTTPClientError(
                            .invalidURL, origin: neighbour.name,
                            reason: "the test gives no neighbour of this name")
                    }
                    return try await InProcess.send(request, to: handler)
                })
        }
        return result
    }
}

/// Waits for as long as it takes: a busy machine is no reason for a test to see an old read model.
private struct PatientWaiter: ProjectionWaiting {
    static let patience: Duration = .seconds(60)
    let projections: ProjectionRunner

    func wait(for position: Int64, _ names: [String]?, timeout: Duration) async -> Bool {
        await projections.wait(for: position, names, timeout: Self.patience)
    }
}

/// Carries a client's request to a handler of the same process.
enum InProcess {
    static func send(
        _ request: HTTPClientRequest, to handler: HTTPHandler
    ) async throws -> HTTPClientResponse {
        var body: [UInt8] = []
        if case .bytes(let bytes) = request.body { body = bytes }
        // What stands after scheme and host.
        let target = request.url.split(separator: "/", maxSplits: 2).last.map { "/\($0)" }
        let response = try await handler(
            HTTPRequest(
                method: request.method, target: target ?? "/", headers: request.headers,
                body: HTTPBody(body)))
        return HTTPClientResponse(
            response.status, headers: response.headers,
            body: HTTPBody(try await response.collectBody(upTo: 16 << 20)))
    }
}
