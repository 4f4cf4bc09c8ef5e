internal import HTTP
internal import ServiceKit

/// What happens to a request that is not for the gateway itself: limits, token, service.
struct Passage: Sendable {
    let directory: UpstreamDirectory
    let admission: Admission
    let partners: PartnerKeys
    let proxy: Proxy
    let sockets: SocketPassage

    /// Where a request goes; asked by the pipeline.
    func route(of request: HTTPRequest) -> FallbackRoute {
        let destination = directory.edition.table.destination(
            request.method, PathAlias.resolved(request.path))
        var pattern = "none"
        if case .route(let route) = destination { pattern = route.pattern }
        return FallbackRoute(pattern) { call in
            switch destination {
            case .route(let route): return try await pass(call, route)
            case .nothing:
                try admit(call)
                throw ProblemSlug.notFound.problem()
            case .methodNotAllowed(let methods):
                try admit(call)
                var problem = ProblemSlug.methodNotAllowed.problem()
                problem.headers.set("Allow", methods.map(\.rawValue).joined(separator: ", "))
                throw problem
            case .missing(let name):
                try admit(call)
                throw Problem.unavailable(
                    "The service \(name) has not started yet.", retryAfter: 2)
            }
        }
    }

    /// Counts a request by its address.
    private func admit(_ call: FallbackCall) throws {
        _ = try admission.admit(
            .usual, caller: .anonymous, address: call.request.remoteAddress)
    }

    private func pass(_ call: FallbackCall, _ route: GatewayRoute) async throws -> FallbackAnswer {
        guard let pool = directory.pool(of: route.upstream) else {
            throw ProblemSlug.notFound.problem()
        }
        if route.isWebSocket { return try await passSocket(call, route, to: pool) }
        let (caller, partner) = try await identify(
            call, call.request, route.needsToken ? .signedIn : .open)
        let fields = try admission.admit(
            route.kind, caller: caller, partner: partner, address: call.request.remoteAddress)
        return try await withFields(fields, to: caller) {
            try await proxy.forward(call, to: pool, bodyLimit: route.bodyLimit)
        }
    }

    /// Nobody gets a WebSocket without a token, whatever the route says.
    private func passSocket(
        _ call: FallbackCall, _ route: GatewayRoute, to pool: UpstreamPool
    ) async throws -> FallbackAnswer {
        guard let offer = SocketOffer(call.request, limits: sockets.serviceLimits) else {
            try admit(call)
            throw WebSocketHandshake.refusal
        }
        let (caller, partner) = try await identify(call, offer.request, .signedIn)
        let fields = try admission.admit(
            route.kind, caller: caller, partner: partner, address: call.request.remoteAddress)
        return try await withFields(fields, to: caller) {
            try await sockets.open(call, offer, for: caller.actor, to: pool)
        }
    }

    private func withFields(
        _ fields: HTTPHeaders, to caller: Caller, _ respond: () async throws -> HTTPResponse
    ) async throws -> FallbackAnswer {
        do {
            var response = try await respond()
            response.headers.append(fields)
            return FallbackAnswer(response, to: caller)
        } catch let error as any ProblemConvertible {
            var problem = error.problem
            problem.headers.append(fields)
            throw problem
        }
    }

    /// A token that is no good ends here; trying many of them is counted like everything else.
    private func identify(
        _ call: FallbackCall, _ request: HTTPRequest, _ access: Access
    ) async throws -> (Caller, PartnerKeys.Partner?) {
        do {
            let partner = try partners.partner(of: request)
            return (try await call.caller(of: request, for: access), partner)
        } catch let problem as Problem where problem.status == .unauthorized {
            var refusal = problem
            refusal.headers.append(
                try admission.admit(
                    .usual, caller: .anonymous, address: call.request.remoteAddress))
            throw refusal
        }
    }
}
