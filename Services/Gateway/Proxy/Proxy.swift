internal import HTTP
internal import Runtime
internal import ServiceKit

/// Sends a request on to a replica of the service that it is for, and its answer back; neither is
/// held in memory whole unless it is small.
struct Proxy: Sendable {
    /// Bodies up to this size are gathered first, so that a slow client holds no connection to a
    /// service, and half an answer is none.
    static let smallBody = 65_536
    /// How often a request is sent at most.
    static let attempts = 3
    /// The wait before the same replica is asked again; doubled for the next time, with up to as
    /// much again at random.
    static let backoff: Duration = .milliseconds(50)

    let http: HTTPClient
    let loop: EventLoop
    let publicURL: String
    /// From sending to the header of the answer, all attempts together.
    let timeout: Duration
    /// The most bytes of a request's body, unless its route says otherwise.
    let bodyLimit: Int
    let random: any RandomSource
    let metrics: ProxyMetrics

    /// What a service made of a request, and the replica that is busy with it.
    enum Answer: Sendable {
        case response(HTTPClientResponse, ReplicaLease)
        case socket(WebSocketConnection, ReplicaLease)
    }

    /// - Throws: `Problem` 413, 502, 503 or 504.
    func forward(
        _ call: FallbackCall, to pool: UpstreamPool, bodyLimit: Int? = nil
    ) async throws -> HTTPResponse {
        switch try await send(call.request, of: call, to: pool, bodyLimit: bodyLimit) {
        case .response(let response, let lease):
            return try await answer(response, toHead: call.request.method == .head, lease)
        case .socket: throw ProblemSlug.badGateway.problem("Answered with another protocol.")
        }
    }

    /// Sends a request to a service, to several replicas if it must be.
    ///
    /// - Throws: `Problem` 413, 502, 503 or 504.
    func send(
        _ request: HTTPRequest, of call: FallbackCall, to pool: UpstreamPool,
        socket: SocketOffer? = nil, bodyLimit: Int? = nil
    ) async throws -> Answer {
        let wanted = try RequestDeadline.timeout(of: request)
        var outgoing = HTTPClientRequest(
            request.method, "",
            headers: ForwardedFields.toService(request, call, publicURL: publicURL))
        let arrival = ContinuousClock.now
        if request.body.length != 0 {
            outgoing.body = try await body(of: request, limit: bodyLimit ?? self.bodyLimit)
        }
        var run = ProxyRun(
            pool: pool, target: PathAlias.resolved(request.target), rule: rule(outgoing),
            socket: socket,
            isClientLimit: wanted.map { $0 < timeout } ?? false,
            deadline: wanted.map { min(arrival + $0, .now + timeout) } ?? .now + timeout)
        pool.requestCame()
        return try await attempts(&outgoing, &run)
    }

    private func attempts(
        _ request: inout HTTPClientRequest, _ run: inout ProxyRun
    ) async throws -> Answer {
        var last: Problem?
        while true {
            let lease: ReplicaLease
            do {
                lease = try run.pool.lease(avoiding: run.tried)
            } catch {
                metrics.count(run.pool.name, .refused)
                throw last ?? error
            }
            run.replica = lease.index
            switch try await attempt(&request, lease, run) {
            case .answered(.refused(let response)):
                if Self.isTurnedAway(response), try await mayRepeat(after: .turnedAway, &run) {
                    last = Self.turnedAway(response, run.pool.name)
                    continue
                }
                return .response(response, lease)
            case .answered(.opened(let socket)): return .socket(socket, lease)
            case .failed(let failure, let problem):
                guard try await mayRepeat(after: failure, &run) else { throw problem }
                last = problem
            }
        }
    }

    private enum AttemptEnd {
        case answered(HTTPClient.Upgrade)
        case failed(RetryRule.Failure, Problem)
    }

    private func attempt(
        _ request: inout HTTPClientRequest, _ lease: ReplicaLease, _ run: ProxyRun
    ) async throws -> AttemptEnd {
        request.location = lease.location?.appending(run.target)
        if request.location == nil { request.url = lease.url + run.target }
        request.timeout = max(run.deadline - .now, .milliseconds(1))
        request.headers.set(RequestDeadline.field, RequestDeadline.text(request.timeout))
        do {
            let answer: HTTPClient.Upgrade
            if let socket = run.socket {
                answer = try await http.upgrade(
                    request, subprotocols: socket.subprotocols, limits: socket.limits)
            } else {
                answer = .refused(try await http.send(request))
            }
            if case .refused(let response) = answer, Self.isTurnedAway(response) {
                metrics.count(run.pool.name, .turnedAway)
                lease.report(.failure)
            } else {
                run.pool.answered()
                // Sockets may live for long: that it opened is what counts.
                if case .opened = answer { lease.report(.success) }
            }
            return .answered(answer)
        } catch let error as HTTPClientError {
            metrics.count(run.pool.name, error.code == .timedOut ? .timedOut : .failed)
            lease.report(Self.outcome(of: error, isClientLimit: run.isClientLimit))
            return .failed(Self.failure(of: error), Self.problem(of: error, run.pool.name))
        }
    }

    private static func isTurnedAway(_ response: HTTPClientResponse) -> Bool {
        (502...504).contains(response.status.code)
    }

    /// Waits if the same replica has to be asked again.
    private func mayRepeat(
        after failure: RetryRule.Failure, _ run: inout ProxyRun
    ) async throws -> Bool {
        run.tried.insert(run.replica)
        let hasOther = run.pool.hasOther(than: run.tried)
        let pause = hasOther ? .zero : pause(after: run.attempt)
        guard run.attempt < Self.attempts,
            run.rule.allows(after: failure, hasOther: hasOther),
            ContinuousClock.now + pause < run.deadline
        else { return false }
        guard run.pool.mayRepeat() else {
            metrics.count(run.pool.name, .budgetSpent)
            return false
        }
        metrics.count(run.pool.name, .repeated)
        run.attempt += 1
        if !hasOther { try await loop.sleep(for: pause) }
        return true
    }

    private func rule(_ request: HTTPClientRequest) -> RetryRule {
        let isWhole = if case .stream = request.body { false } else { true }
        return RetryRule(
            method: request.method, isKeyed: request.headers.contains("Idempotency-Key"),
            isWhole: isWhole)
    }

    private func pause(after attempt: Int) -> Duration {
        let base = Self.backoff * (1 << (attempt - 1))
        return base + base * Int(random.bytes(1)[0]) / 255
    }

    // MARK: Bodies

    private func body(
        of request: HTTPRequest, limit: Int
    ) async throws -> HTTPClientRequest.Body {
        let body = request.body
        guard let length = body.length else {
            return .stream(length: nil, Self.limited(body, limit))
        }
        if length > limit { throw HTTPBodyError.tooLarge(limit: limit) }
        if length <= Self.smallBody {
            return .bytes(try await body.collect(upTo: Self.smallBody))
        }
        return .stream(length: length, Self.limited(body, limit))
    }

    private static func limited(
        _ body: HTTPBody, _ limit: Int
    ) -> @Sendable (HTTPBodyWriter) async throws -> Void {
        { writer in
            var count = 0
            for try await chunk in body {
                count += chunk.count
                if count > limit { throw HTTPBodyError.tooLarge(limit: limit) }
                try await writer.write(chunk)
            }
        }
    }

    /// A service's answer as the client gets it.
    func answer(
        _ response: HTTPClientResponse, toHead: Bool, _ lease: ReplicaLease
    ) async throws -> HTTPResponse {
        let body = response.body
        var answer = HTTPResponse(
            response.status, headers: ForwardedFields.toClient(response.headers))
        if toHead {
            // The length that the body would have; it is not sent.
            answer.body = .stream(
                length: response.headers["Content-Length"].flatMap { Int($0) }, { _ in })
        } else if let whole = body.whole {
            answer.body = .bytes(whole)
        } else if let length = body.length, length <= Self.smallBody {
            do {
                answer.body = .bytes(try await body.collect(upTo: Self.smallBody))
            } catch {
                if Task.isCancelled { throw error }
                lease.report(.unreachable)
                throw ProblemSlug.badGateway.problem("The answer broke off.")
            }
        } else {
            // The replica is busy with it until the last byte.
            answer.body = .stream(length: body.length) { writer in
                for try await chunk in body { try await writer.write(chunk) }
                withExtendedLifetime(lease) {}
            }
        }
        lease.report(.success)
        return answer
    }
}
