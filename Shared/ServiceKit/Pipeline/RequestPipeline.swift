internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime

/// What happens to every request around its handler, in this order: identifiers and trace, route,
/// caller, parameters, preconditions, body, currency of what is read, handler, wait for what was
/// written, completion of the answer, log and metrics.
///
/// What needs no waiting stands in functions that are not inlined: inlined, all that they use would
/// lie in the frames of those that wait, which then take a block of memory each.
final class RequestPipeline: Sendable {
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

    /// One request on its way through. It belongs to the task of that request alone, whose
    /// functions hold this reference and little else while they wait.
    private final class Visit {
        let request: HTTPRequest
        let match: Router<Served>.Match
        /// Where it leads when no route has its path.
        let other: FallbackRoute?
        /// What it counts as.
        let pattern: String
        let start: ContinuousClock.Instant
        let correlationID: CorrelationID
        var caller = Caller.anonymous
        var response = HTTPResponse()

        init(
            _ request: HTTPRequest, _ match: Router<Served>.Match, _ other: FallbackRoute?,
            pattern: String, _ start: ContinuousClock.Instant, _ correlationID: CorrelationID
        ) {
            self.request = request
            self.match = match
            self.other = other
            self.pattern = pattern
            self.start = start
            self.correlationID = correlationID
        }

        @inline(never)
        func take(_ answer: FallbackAnswer) {
            caller = answer.caller
            response = answer.response
        }

        /// Names the request in the response.
        @inline(never)
        func sign() { response.headers.set(RequestScope.requestIDHeader, request.id) }
    }

    /// Answers a request; failures become problem documents.
    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let visit = visit(request)
        let scope = scope(of: visit)
        await WorkScope.$current.withValue(scope) {
            if around.tracer.isEnabled {
                await around.tracer.span(
                    "\(visit.request.method) \(visit.pattern)", kind: .server, parent: scope.trace
                ) {
                    await answer(visit)
                }
            } else {
                await answer(visit)
            }
        }
        end(visit)
        return visit.response
    }

    @inline(never)
    private func visit(_ request: HTTPRequest) -> Visit {
        let start = ContinuousClock.now
        var request = request
        if let id = request.headers[RequestScope.requestIDHeader], RequestScope.isRequestID(id) {
            request.id = id
        }
        let match = router.match(request.method, request.path)
        var pattern = Self.noRoute
        var other: FallbackRoute?
        switch match {
        case .found(let served, let parameters):
            pattern = served.route.pattern
            if !parameters.isEmpty { request.parameters = parameters }
        case .notFound:
            other = fallback?(request)
            pattern = other?.pattern ?? pattern
        case .methodNotAllowed: break
        }
        let correlationID =
            request.headers[RequestScope.correlationHeader].flatMap { CorrelationID($0) }
            ?? around.ids.next(CorrelationTag.self)
        return Visit(request, match, other, pattern: pattern, start, correlationID)
    }

    private func scope(of visit: Visit) -> WorkScope {
        let request = visit.request
        let timeout = (try? RequestDeadline.timeout(of: request)).flatMap { $0 }
        let remote = request.headers["traceparent"].flatMap {
            TraceContext(traceparent: $0, tracestate: request.headers["tracestate"])
        }
        // Where spans are measured, the request's own begins a trace.
        let trace = remote ?? (around.tracer.isEnabled ? nil : around.tracer.root())
        return WorkScope(
            trace: trace, correlationID: visit.correlationID,
            deadline: timeout.map { visit.start + $0 })
    }

    /// Measures and logs what has been answered.
    @inline(never)
    private func end(_ visit: Visit) {
        let request = visit.request
        let response = visit.response
        let duration = ContinuousClock.now - visit.start
        if case .found(let served, _) = visit.match, request.method == served.route.method {
            served.meter.record(response.status, duration)
        } else {
            metrics.record(request.method, visit.pattern, response.status, duration)
        }
        guard around.logsRequests else { return }
        around.logger.info(
            "request",
            [
                "method": request.method.rawValue, "path": request.path,
                "status": response.status.code, "duration_ms": duration.inMilliseconds,
                "request_id": request.id, "actor": visit.caller.actor,
                "correlation_id": visit.correlationID.description,
            ])
    }

    private func answer(_ visit: Visit) async {
        do {
            switch visit.match {
            case .notFound:
                guard let other = visit.other else { return refuse(visit) }
                visit.take(try await other.respond(call(visit)))
            case .methodNotAllowed: return refuse(visit)
            case .found(let served, _):
                if !isKnown(visit, served.route.access) {
                    try await find(visit, served.route.access)
                }
                try await serve(visit, served.route)
            }
        } catch {
            return fail(visit, error)
        }
        visit.sign()
    }

    @inline(never)
    private func find(_ visit: Visit, _ access: Access) async throws {
        visit.caller = try await authenticator.caller(of: visit.request, for: access)
    }

    @inline(never)
    private func fail(_ visit: Visit, _ error: any Error) {
        // Where nobody reads the answer any more, the status is what the log and the metrics show.
        visit.response =
            Task.isCancelled
            ? HTTPResponse(Self.givenUp) : response(to: error, visit.request)
        visit.sign()
    }

    /// Says why a request has no route.
    @inline(never)
    private func refuse(_ visit: Visit) { fail(visit, Self.refusal(visit)) }

    /// Whether it is known without waiting who sent a request; then the visit says so.
    @inline(never)
    private func isKnown(_ visit: Visit, _ access: Access) -> Bool {
        guard let known = authenticator.known(visit.request, for: access) else { return false }
        visit.caller = known
        return true
    }

    private func call(_ visit: Visit) -> FallbackCall {
        FallbackCall(
            request: visit.request, correlationID: visit.correlationID,
            authenticator: authenticator)
    }

    /// Why a request has no route.
    @inline(never)
    private static func refusal(_ visit: Visit) -> Problem {
        guard case .methodNotAllowed(let methods) = visit.match else {
            return ProblemSlug.notFound.problem()
        }
        var problem = ProblemSlug.methodNotAllowed.problem()
        problem.headers.set("Allow", methods.map(\.rawValue).joined(separator: ", "))
        return problem
    }

    @inline(never)
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

    private func serve(_ visit: Visit, _ route: Route) async throws {
        let request = visit.request
        let checked = try check(visit, route)
        // A call that can wait costs more than to see that there is nothing to wait for.
        let bytes =
            route.consumes.kind == .none ? [] : try await RequestBody.collect(request, for: route)
        if route.method == .get, let least = Self.leastPosition(request, checked.query) {
            try await waitUntilCurrent(least, route)
        }
        let arrival = arrival(visit, route, checked, bytes)
        let answer =
            if let idempotency = arrival.command.idempotency {
                try await inProgress.exclusively(idempotency) { try await route.respond(arrival) }
            } else {
                try await route.respond(arrival)
            }
        if let position = answer.position, !route.waitsFor.isEmpty {
            _ = await around.waiter.wait(
                for: position, route.waitsFor, timeout: ServiceContext.projectionTimeout)
        }
        complete(visit, answer, route, checked.query)
    }

    /// What a request says beside its body, held to its route.
    private final class Checked: Sendable {
        let query: QueryParameters
        let ifMatch: Int64?
        let key: String?
        let page: PageRequest

        init(_ query: QueryParameters, ifMatch: Int64?, key: String?, page: PageRequest) {
            self.query = query
            self.ifMatch = ifMatch
            self.key = key
            self.page = page
        }
    }

    @inline(never)
    private func check(_ visit: Visit, _ route: Route) throws -> Checked {
        let request = visit.request
        let query = request.query
        try ParameterCheck.check(request, query, for: route)
        return Checked(
            query, ifMatch: try EntityTag.ifMatch(of: request, for: route),
            key: try IdempotencyHeader.key(of: request, for: route), page: try page(query, route))
    }

    @inline(never)
    private func arrival(
        _ visit: Visit, _ route: Route, _ checked: Checked, _ bytes: [UInt8]
    ) -> Arrival {
        let idempotency = checked.key.map {
            IdempotencyHeader.storeKey($0, visit.request, route, visit.caller, bytes)
        }
        let command = CommandContext(
            metadata: EventMetadata(
                correlationID: visit.correlationID, causationID: nil, actor: visit.caller.actor,
                traceparent: TraceContext.current?.traceparent),
            idempotency: idempotency)
        return Arrival(
            request: visit.request, caller: visit.caller, parameters: checked.query,
            page: checked.page, ifMatch: checked.ifMatch, command: command, bytes: bytes)
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

    @inline(never)
    private func complete(
        _ visit: Visit, _ answer: Answer, _ route: Route, _ query: QueryParameters
    ) {
        let request = visit.request
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
        visit.response = response
    }
}
