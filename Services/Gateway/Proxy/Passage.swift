internal import HTTP
internal import ServiceKit

/// What happens to a request that is not for the gateway itself: limits, token, service.
struct Passage: Sendable {
    let directory: UpstreamDirectory
    let admission: Admission
    let partners: PartnerKeys
    let proxy: Proxy

    /// Where a request goes; asked by the pipeline.
    func route(of request: HTTPRequest) -> FallbackRoute {
        let destination = directory.edition.table.destination(request.method, request.path)
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
        let (caller, partner) = try await identify(call, route)
        let fields = try admission.admit(
            route.kind, caller: caller, partner: partner, address: call.request.remoteAddress)
        guard let url = directory.url(of: route.upstream) else {
            throw ProblemSlug.notFound.problem()
        }
        var response: HTTPResponse
        do {
            response = try await proxy.forward(call, to: url, of: route.upstream)
        } catch let error as any ProblemConvertible {
            var problem = error.problem
            problem.headers.append(fields)
            throw problem
        }
        response.headers.append(fields)
        return FallbackAnswer(response, to: caller)
    }

    /// A token that is no good ends here; trying many of them is counted like everything else.
    private func identify(
        _ call: FallbackCall, _ route: GatewayRoute
    ) async throws -> (Caller, PartnerKeys.Partner?) {
        do {
            let partner = try partners.partner(of: call.request)
            return (try await call.caller(for: route.needsToken ? .signedIn : .open), partner)
        } catch let problem as Problem where problem.status == .unauthorized {
            var refusal = problem
            refusal.headers.append(
                try admission.admit(
                    .usual, caller: .anonymous, address: call.request.remoteAddress))
            throw refusal
        }
    }
}
