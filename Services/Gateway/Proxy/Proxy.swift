internal import HTTP
internal import Runtime
internal import ServiceKit

/// Sends a request on to a replica of the service that it is for, and its answer back; neither is
/// held in memory whole unless it is small.
///
/// What needs no waiting is not inlined, so that it does not lie in the frames of what waits.
final class Proxy: Sendable {
    /// Bodies up to this size are gathered first, so that a slow client holds no connection to a
    /// service, and half an answer is none.
    static let smallBody = 65_536
    /// How often a request is sent at most.
    static let attempts = 3
    /// The wait before the same replica is asked again; doubled for the next time, with up to as
    /// much again at random.
    static let backoff: Duration = .milliseconds(50)

    let loop: EventLoop
    let metrics: ProxyMetrics
    private let http: HTTPClient
    private let publicURL: String
    private let timeout: Duration
    private let bodyLimit: Int
    private let random: any RandomSource

    /// - Parameters:
    ///   - timeout: from sending to the header of the answer, all attempts together.
    ///   - bodyLimit: the most bytes of a request's body, unless its route says otherwise.
    init(
        http: HTTPClient, loop: EventLoop, publicURL: String, timeout: Duration, bodyLimit: Int,
        random: any RandomSource, metrics: ProxyMetrics
    ) {
        self.http = http
        self.loop = loop
        self.publicURL = publicURL
        self.timeout = timeout
        self.bodyLimit = bodyLimit
        self.random = random
        self.metrics = metrics
    }

    /// What a service made of a request, and the replica that is busy with it.
    enum Answer: Sendable {
        case response(HTTPClientResponse, ReplicaLease)
        case socket(WebSocketConnection, ReplicaLease)
    }

    /// The answer of a run where it is here whole; nil otherwise.
    ///
    /// - Throws: `Problem` 502 for a WebSocket that nobody asked for.
    func wholeAnswer(_ run: ProxyRun) throws -> HTTPResponse? {
        guard case .response(let response, let lease) = try run.end() else {
            throw Self.otherProtocol
        }
        return wholeAnswer(response, toHead: run.request.method == .head, lease)
    }

    /// The answer of a run.
    ///
    /// - Throws: `Problem` 502.
    func answer(_ run: ProxyRun) async throws -> HTTPResponse {
        guard case .response(let response, let lease) = try run.end() else {
            throw Self.otherProtocol
        }
        return try await answer(response, toHead: run.request.method == .head, lease)
    }

    /// Sends a request to a service, to several replicas if it must be.
    ///
    /// - Returns: the run, whose `end` says what came of it.
    /// - Throws: `Problem` 413, 502, 503 or 504.
    func send(
        _ request: HTTPRequest, of call: FallbackCall, to pool: UpstreamPool,
        socket: SocketOffer? = nil, bodyLimit: Int? = nil
    ) async throws -> ProxyRun {
        let wanted = try RequestDeadline.timeout(of: request)
        let arrival = ContinuousClock.now
        var body = HTTPClientRequest.Body.empty
        if request.body.length != 0 {
            body = try await self.body(of: request, limit: bodyLimit ?? self.bodyLimit)
        }
        let run = run(
            request, of: call, body, to: pool, socket: socket, until: wanted.map { arrival + $0 })
        try await attempts(run)
        return run
    }

    @inline(never)
    private func run(
        _ request: HTTPRequest, of call: FallbackCall, _ body: HTTPClientRequest.Body,
        to pool: UpstreamPool, socket: SocketOffer?, until wanted: ContinuousClock.Instant?
    ) -> ProxyRun {
        let own = ContinuousClock.now + timeout
        let run = ProxyRun(
            pool: pool,
            request: HTTPClientRequest(
                request.method, "",
                headers: ForwardedFields.toService(request, call, publicURL: publicURL),
                body: body),
            target: PathAlias.resolved(request.target), socket: socket,
            isClientLimit: wanted.map { $0 < own } ?? false,
            deadline: wanted.map { min($0, own) } ?? own)
        pool.requestCame()
        return run
    }

    /// Leaves what the last attempt came to in the run.
    private func attempts(_ run: ProxyRun) async throws {
        while true {
            let lease = try begin(run)
            let failure: RetryRule.Failure
            do {
                try await attempt(run, lease)
                if isGood(run) { break }
                failure = .turnedAway
            } catch {
                failure = try failed(error, lease, run)
            }
            guard try await mayRepeat(after: failure, run) else { break }
        }
    }

    @inline(never)
    private func attempt(_ run: ProxyRun, _ lease: ReplicaLease) async throws {
        if let socket = run.socket { return try await open(socket, run, lease) }
        run.take(try await http.send(run.request), lease)
    }

    /// Chooses a replica for the next attempt, and says so in the request.
    @inline(never)
    private func begin(_ run: ProxyRun) throws -> ReplicaLease {
        let lease: ReplicaLease
        do {
            lease = try run.pool.lease(avoiding: run.tried)
        } catch {
            metrics.count(run.pool.name, .refused)
            throw run.problem ?? error
        }
        run.replica = lease.index
        run.request.location = lease.location?.appending(run.target)
        if run.request.location == nil { run.request.url = lease.url + run.target }
        run.request.timeout = max(run.deadline - .now, .milliseconds(1))
        run.request.headers.set(
            RequestDeadline.field, RequestDeadline.text(run.request.timeout))
        return lease
    }

    @inline(never)
    private func open(
        _ socket: SocketOffer, _ run: ProxyRun, _ lease: ReplicaLease
    ) async throws {
        let answer = try await http.upgrade(
            run.request, subprotocols: socket.subprotocols, limits: socket.limits)
        switch answer {
        case .refused(let response): run.answer = .response(response, lease)
        case .opened(let connection): run.answer = .socket(connection, lease)
        }
    }

    /// Whether the answer is one that is passed on whatever else could be tried; takes down what
    /// it says about the replica.
    @inline(never)
    private func isGood(_ run: ProxyRun) -> Bool {
        switch run.answer {
        case .response(let response, let lease) where Self.isTurnedAway(response):
            metrics.count(run.pool.name, .turnedAway)
            lease.report(.failure)
            run.problem = Self.turnedAway(response, run.pool.name)
            return false
        // Sockets may live for long: that it opened is what counts.
        case .socket(_, let lease): lease.report(.success)
        case .response, nil: break
        }
        run.pool.answered()
        return true
    }

    /// What an attempt came to that brought no answer.
    ///
    /// - Throws: what has nothing to do with the replica.
    @inline(never)
    private func failed(
        _ error: any Error, _ lease: ReplicaLease, _ run: ProxyRun
    ) throws -> RetryRule.Failure {
        guard let error = error as? HTTPClientError else { throw error }
        run.answer = nil
        metrics.count(run.pool.name, error.code == .timedOut ? .timedOut : .failed)
        lease.report(Self.outcome(of: error, isClientLimit: run.isClientLimit))
        run.problem = Self.problem(of: error, run.pool.name)
        return Self.failure(of: error)
    }

    private static func isTurnedAway(_ response: HTTPClientResponse) -> Bool {
        (502...504).contains(response.status.code)
    }

    /// Waits if the same replica has to be asked again.
    private func mayRepeat(
        after failure: RetryRule.Failure, _ run: ProxyRun
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

    /// A service's answer as the client gets it, where it is here whole; nil otherwise.
    @inline(never)
    private func wholeAnswer(
        _ response: HTTPClientResponse, toHead: Bool, _ lease: ReplicaLease
    ) -> HTTPResponse? {
        guard !toHead, let whole = response.body.whole else { return nil }
        lease.report(.success)
        return HTTPResponse(
            response.status, headers: ForwardedFields.toClient(response.headers),
            body: .bytes(whole))
    }

    /// A service's answer as the client gets it.
    func answer(
        _ response: HTTPClientResponse, toHead: Bool, _ lease: ReplicaLease
    ) async throws -> HTTPResponse {
        if let whole = wholeAnswer(response, toHead: toHead, lease) { return whole }
        let body = response.body
        var answer = HTTPResponse(
            response.status, headers: ForwardedFields.toClient(response.headers))
        if toHead {
            // The length that the body would have; it is not sent.
            answer.body = .stream(
                length: response.headers["Content-Length"].flatMap { Int($0) }, { _ in })
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
