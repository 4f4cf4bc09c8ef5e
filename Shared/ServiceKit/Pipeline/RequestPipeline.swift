internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime

/// What happens to every request around its handler, in this order: identifiers and trace, route,
/// caller, parameters, preconditions, body, currency of what is read, handler, wait for what was
/// written, completion of the answer, log and metrics.
struct RequestPipeline: Sendable {
    /// What the pipeline needs from the service around it.
    struct Surroundings: Sendable {
        let name: String
        let clock: any WallClock
        let ids: any IdentifierGenerator
        let logger: Logger
        let metrics: Metrics
        let tracer: Tracer
        let waiter: any ProjectionWaiting
        /// The log that positions are of.
        let store: any EventStore
        /// What cursors are signed with; the same in every replica.
        let cursorSecret: [UInt8]
        let logsRequests: Bool
    }

    /// What is called a route in metrics where there is none.
    private static let noRoute = "none"
    /// The status of a request whose client left before the answer, as servers commonly log it.
    private static let givenUp: HTTPStatus = 499

    private let around: Surroundings
    private let authenticator: Authenticator
    private let router: Router<Served>
    private let fallback: (@Sendable (HTTPRequest) -> FallbackRoute?)?
    private let metrics: RequestMetrics
    private let inProgress = RequestsInProgress()
    /// Called with the name of a route whose handler broke its own documentation.
    private let onBreach: (@Sendable (String) -> Void)?

    /// A route and its measurements.
    private final class Served: Sendable {
        let route: Route
        let meter: RouteMeter

        init(route: Route, meter: RouteMeter) {
            self.route = route
            self.meter = meter
        }
    }

    init(
        routes: [Route], fallback: (@Sendable (HTTPRequest) -> FallbackRoute?)? = nil,
        authenticator: Authenticator, around: Surroundings,
        onBreach: (@Sendable (String) -> Void)? = nil
    ) {
        self.around = around
        self.authenticator = authenticator
        self.onBreach = onBreach
        self.fallback = fallback
        metrics = RequestMetrics(around.metrics)
        var router = Router<Served>()
        for route in routes {
            let meter = metrics.meter(route.method, route.pattern)
            router.add(route.method, route.pattern, Served(route: route, meter: meter))
        }
        self.router = router
    }

    /// Answers a request; failures become problem documents.
    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let start = ContinuousClock.now
        var request = request
        if let id = request.headers[RequestScope.requestIDHeader], RequestScope.isRequestID(id) {
            request.id = id
        }
        let match = router.match(request.method, request.path)
        var pattern = Self.noRoute
        var other: FallbackRoute?
        var meter: RouteMeter?
        switch match {
        case .found(let served, let parameters):
            pattern = served.route.pattern
            if request.method == served.route.method { meter = served.meter }
            request.parameters = parameters
        case .notFound:
            other = fallback?(request)
            pattern = other?.pattern ?? pattern
        case .methodNotAllowed: break
        }
        let correlationID =
            request.headers[RequestScope.correlationHeader].flatMap { CorrelationID($0) }
            ?? around.ids.next(CorrelationTag.self)
        let remote = request.headers["traceparent"].flatMap {
            TraceContext(traceparent: $0, tracestate: request.headers["tracestate"])
        }
        let deadline = (try? RequestDeadline.timeout(of: request)).flatMap { $0 }.map { start + $0 }
        let scope = RequestScope(correlationID: correlationID, deadline: deadline)
        let (response, caller) = await RequestScope.$current.withValue(scope) {
            await around.tracer.span(
                "\(request.method) \(pattern)", kind: .server, parent: remote
            ) {
                await answer(request, match, other, correlationID)
            }
        }
        let duration = ContinuousClock.now - start
        if let meter {
            meter.record(response.status, duration)
        } else {
            metrics.record(request.method, pattern, response.status, duration)
        }
        if around.logsRequests {
            around.logger.info(
                "request",
                [
                    "method": request.method.rawValue, "path": request.path,
                    "status": response.status.code, "duration_ms": duration.inMilliseconds,
                    "request_id": request.id, "actor": caller.actor,
                    "correlation_id": correlationID.description,
                ])
        }
        return response
    }

    private func answer(
        _ request: HTTPRequest, _ match: Router<Served>.Match, _ other: FallbackRoute?,
        _ correlationID: CorrelationID
    ) async -> (HTTPResponse, Caller) {
        var who = Caller.anonymous
        var response: HTTPResponse
        do {
            switch match {
            case .notFound:
                guard let other else { throw ProblemSlug.notFound.problem() }
                let call = FallbackCall(
                    request: request, correlationID: correlationID, authenticator: authenticator)
                let answer = try await other.respond(call)
                who = answer.caller
                response = answer.response
            case .methodNotAllowed(let methods):
                var problem = ProblemSlug.methodNotAllowed.problem()
                problem.headers.set("Allow", methods.map(\.rawValue).joined(separator: ", "))
                throw problem
            case .found(let served, _):
                let route = served.route
                let caller = try await authenticator.caller(of: request, for: route.access)
                who = caller
                response = try await serve(request, route, caller, correlationID)
            }
        } catch  where Task.isCancelled {
            // Nobody reads the answer; the status is what the log and the metrics show.
            response = HTTPResponse(Self.givenUp)
        } catch {
            response = self.response(to: error, request)
        }
        response.headers.set(RequestScope.requestIDHeader, request.id)
        return (response, who)
    }

    private func response(to error: any Error, _ request: HTTPRequest) -> HTTPResponse {
        var problem: Problem
        if let known = ErrorMapping.problem(of: error) {
            problem = known
        } else {
            problem = ProblemSlug.unexpected.problem()
        }
        if problem.status.code >= 500 {
            around.logger.error(
                "a request failed",
                [
                    "method": request.method.rawValue, "path": request.path,
                    "request_id": request.id, "status": problem.status.code,
                    "error": String(describing: error),
                ])
        }
        problem.instance = problem.instance ?? request.id
        return problem.response()
    }

    private func serve(
        _ request: HTTPRequest, _ route: Route, _ caller: Caller, _ correlationID: CorrelationID
    ) async throws -> HTTPResponse {
        let query = request.query
        try ParameterCheck.check(request, query, for: route)
        let ifMatch = try EntityTag.ifMatch(of: request, for: route)
        let key = try IdempotencyHeader.key(of: request, for: route)
        let page = try page(query, route)
        // A call that can wait costs more than to see that there is nothing to wait for.
        let bytes =
            route.consumes.kind == .none ? [] : try await RequestBody.collect(request, for: route)
        if route.method == .get, let least = Self.leastPosition(request, query) {
            try await waitUntilCurrent(least, route)
        }
        let idempotency = key.map {
            IdempotencyHeader.storeKey($0, request, route, caller, bytes)
        }
        let command = CommandContext(
            metadata: EventMetadata(
                correlationID: correlationID, causationID: nil, actor: caller.actor,
                traceparent: TraceContext.current?.traceparent),
            idempotency: idempotency)
        let arrival = Arrival(
            request: request, caller: caller, parameters: query, page: page, ifMatch: ifMatch,
            command: command, bytes: bytes)
        let answer =
            if let idempotency {
                try await inProgress.exclusively(idempotency) { try await route.respond(arrival) }
            } else {
                try await route.respond(arrival)
            }
        if let position = answer.position, !route.waitsFor.isEmpty {
            _ = await around.waiter.wait(
                for: position, route.waitsFor, timeout: ServiceContext.projectionTimeout)
        }
        return complete(answer, request, route, query)
    }

    private func page(_ query: QueryParameters, _ route: Route) throws -> PageRequest {
        let signer = CursorSigner(secret: around.cursorSecret, route: route.id)
        guard route.isPaged else {
            return try PageRequest(
                limit: PageRequest.maximumLimit, cursor: nil, signer: signer)
        }
        let limit = query["limit"].flatMap { Int($0) } ?? PageRequest.defaultLimit
        return try PageRequest(limit: limit, cursor: query["cursor"], signer: signer)
    }

    private static func leastPosition(
        _ request: HTTPRequest, _ query: QueryParameters
    ) -> String? {
        query[RequestScope.minimumPositionParameter]
            ?? request.headers[RequestScope.minimumPositionHeader]
    }

    /// Keeps a reader who knows a position from being shown less than that.
    private func waitUntilCurrent(_ text: String, _ route: Route) async throws {
        guard let position = Int64(text), position >= 0 else {
            throw Problem.queryFault(
                RequestScope.minimumPositionParameter, "must be a whole number from 0")
        }
        let names = route.waitsFor.isEmpty ? nil : route.waitsFor
        if await around.waiter.wait(for: position, names, timeout: .zero) { return }
        guard position <= (try await around.store.head()) else {
            throw Problem.queryFault(
                RequestScope.minimumPositionParameter, "is beyond the last event of this service")
        }
        let isCurrent = await around.waiter.wait(
            for: position, names, timeout: ServiceContext.projectionTimeout)
        guard isCurrent else {
            var problem = ProblemSlug.notYetCurrent.problem()
            problem.headers.set("Retry-After", "1")
            throw problem
        }
    }

    private func complete(
        _ answer: Answer, _ request: HTTPRequest, _ route: Route, _ query: QueryParameters
    ) -> HTTPResponse {
        var response = answer.response
        if let onBreach, route.produces.kind != .raw, response.status != route.success {
            onBreach(
                "\(route.id) answered \(response.status.code) but documents \(route.success.code)")
        }
        if let version = answer.etag {
            response.headers.set("ETag", EntityTag.text(version))
            if route.method == .get, EntityTag.isKnown(version, to: request) {
                response.headers.remove("Content-Type")
                response.status = .notModified
                response.body = .empty
            }
        }
        if let position = answer.position {
            response.headers.set(RequestScope.positionHeader, "\(position)")
        }
        if answer.isRepeat { response.headers.set("Idempotency-Replayed", "true") }
        if let next = answer.nextCursor {
            var items = query.items.filter { $0.name != "cursor" }
            items.append((name: "cursor", value: next))
            let target = "\(request.path)?\(QueryParameters(items).encoded)"
            response.headers.add("Link", "<\(target)>; rel=\"next\"")
        }
        if route.access != .open { response.headers.setIfAbsent("Cache-Control", "no-store") }
        return response
    }
}
