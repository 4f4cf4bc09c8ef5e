internal import HTTP
internal import ServiceKit

/// What happens to a request that is not for the gateway itself: limits, token, service.
///
/// What needs no waiting is not inlined, so that it does not lie in the frames of what waits.
final class Passage: Sendable {
    private let directory: UpstreamDirectory
    private let admission: Admission
    private let partners: PartnerKeys
    private let proxy: Proxy
    private let sockets: SocketPassage

    init(
        directory: UpstreamDirectory, admission: Admission, partners: PartnerKeys, proxy: Proxy,
        sockets: SocketPassage
    ) {
        self.directory = directory
        self.admission = admission
        self.partners = partners
        self.proxy = proxy
        self.sockets = sockets
    }

    /// Where a request goes; asked by the pipeline.
    func route(of request: HTTPRequest) -> FallbackRoute {
        let destination = directory.edition.table.destination(
            request.method, PathAlias.resolved(request.path))
        if case .route(let route) = destination {
            return FallbackRoute(route.pattern) { call in try await self.pass(call, route) }
        }
        return FallbackRoute("none") { call in throw try self.refusal(of: call, destination) }
    }

    /// Why a request goes nowhere.
    @inline(never)
    private func refusal(
        of call: FallbackCall, _ destination: RoutingTable.Destination
    ) throws -> Problem {
        try admit(call)
        switch destination {
        case .route, .nothing: return ProblemSlug.notFound.problem()
        case .methodNotAllowed(let methods):
            var problem = ProblemSlug.methodNotAllowed.problem()
            problem.headers.set("Allow", methods.map(\.rawValue).joined(separator: ", "))
            return problem
        case .missing(let name):
            return .unavailable("The service \(name) has not started yet.", retryAfter: 2)
        }
    }

    /// Counts a request by its address.
    private func admit(_ call: FallbackCall) throws {
        _ = try admission.admit(
            .usual, caller: .anonymous, address: call.request.remoteAddress)
    }

    private func pass(_ call: FallbackCall, _ route: GatewayRoute) async throws -> FallbackAnswer {
        guard let pool = directory.pool(of: route.upstream) else {
            throw try refusal(of: call, .nothing)
        }
        if route.isWebSocket { return try await passSocket(call, route, to: pool) }
        let access: Access = route.needsToken ? .signedIn : .open
        let entry: Entry
        // A call that can wait costs more than to see that there is nothing to wait for.
        if let known = try knownEntry(call, route, access) {
            entry = known
        } else {
            entry = try await self.entry(call, call.request, route, access)
        }
        do {
            let run = try await proxy.send(
                call.request, of: call, to: pool, bodyLimit: route.bodyLimit)
            if let whole = try wholeAnswer(run, entry) { return whole }
            return try await answer(run, entry)
        } catch {
            throw entry.completed(error)
        }
    }

    @inline(never)
    private func wholeAnswer(_ run: ProxyRun, _ entry: Entry) throws -> FallbackAnswer? {
        try proxy.wholeAnswer(run).map(entry.answer)
    }

    @inline(never)
    private func answer(_ run: ProxyRun, _ entry: Entry) async throws -> FallbackAnswer {
        entry.answer(try await proxy.answer(run))
    }

    /// Nobody gets a WebSocket without a token, whatever the route says.
    @inline(never)
    private func passSocket(
        _ call: FallbackCall, _ route: GatewayRoute, to pool: UpstreamPool
    ) async throws -> FallbackAnswer {
        guard let offer = SocketOffer(call.request, limits: sockets.serviceLimits) else {
            try admit(call)
            throw WebSocketHandshake.refusal
        }
        let entry = try await entry(call, offer.request, route, .signedIn)
        do {
            return entry.answer(
                try await sockets.open(call, offer, for: entry.caller.actor, to: pool))
        } catch {
            throw entry.completed(error)
        }
    }

    // MARK: Limits

    /// A request that was let in: whose it is, and what the answer says about the limits.
    private final class Entry: Sendable {
        let caller: Caller
        private let fields: HTTPHeaders

        init(_ caller: Caller, _ fields: HTTPHeaders) {
            self.caller = caller
            self.fields = fields
        }

        @inline(never)
        func answer(_ response: HTTPResponse) -> FallbackAnswer {
            var response = response
            response.headers.append(fields)
            return FallbackAnswer(response, to: caller)
        }

        @inline(never)
        func completed(_ error: any Error) -> any Error {
            guard let error = error as? any ProblemConvertible else { return error }
            var problem = error.problem
            problem.headers.append(fields)
            return problem
        }
    }

    /// The entry of a request whose caller is known without waiting; nil where that is not so, or
    /// where a partner's quota may count.
    @inline(never)
    private func knownEntry(
        _ call: FallbackCall, _ route: GatewayRoute, _ access: Access
    ) throws -> Entry? {
        guard !call.request.headers.contains(PartnerKeys.field),
            let caller = call.knownCaller(for: access)
        else { return nil }
        return try admitted(call, route, caller, nil)
    }

    @inline(never)
    private func entry(
        _ call: FallbackCall, _ request: HTTPRequest, _ route: GatewayRoute, _ access: Access
    ) async throws -> Entry {
        let (caller, partner) = try await identify(call, request, access)
        return try admitted(call, route, caller, partner)
    }

    private func admitted(
        _ call: FallbackCall, _ route: GatewayRoute, _ caller: Caller,
        _ partner: PartnerKeys.Partner?
    ) throws -> Entry {
        Entry(
            caller,
            try admission.admit(
                route.kind, caller: caller, partner: partner,
                address: call.request.remoteAddress))
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
