internal import EventTypes
public import HTTP
internal import JSON
public import Runtime

/// Calls to one other service: signed with this service's key, within a deadline, carrying trace
/// and correlation; repeated only where a repeat does no harm.
///
/// ```swift
/// let profile: Profile = try await context.neighbour("user").get("/internal/v1/profiles/\(id)")
/// ```
public struct Neighbour: Sendable {
    /// How long a call takes at most, repeats included, unless the caller says otherwise.
    public static let defaultTimeout: Duration = .seconds(3)
    /// How often a call is sent at most.
    public static let attempts = 3
    /// The wait before the first repeat; doubled for the next, with up to as much again at random.
    static let backoff: Duration = .milliseconds(50)
    /// The most bytes of an answer.
    public static let bodyLimit = 1 << 20

    public let name: String
    private let urls: [String]
    private let send: @Sendable (HTTPClientRequest) async throws -> HTTPClientResponse
    private let tokens: ServiceTokens
    private let loop: EventLoop
    private let random: any RandomSource

    /// - Parameter url: scheme, host and port; of several replicas, between commas.
    public init(
        name: String, url: String, http: HTTPClient, tokens: ServiceTokens, loop: EventLoop,
        random: any RandomSource = SystemRandom()
    ) {
        self.init(
            name: name, url: url, tokens: tokens, loop: loop, random: random,
            send: { try await http.send($0) })
    }

    /// A neighbour that is reached by `send`, for tests.
    package init(
        name: String, url: String, tokens: ServiceTokens, loop: EventLoop,
        random: any RandomSource,
        send: @escaping @Sendable (HTTPClientRequest) async throws -> HTTPClientResponse
    ) {
        self.name = name
        urls = NeighbourKey.addresses(in: url)
        self.send = send
        self.tokens = tokens
        self.loop = loop
        self.random = random
    }

    /// Reads something.
    ///
    /// - Throws: `NeighbourError`; `CancellationError`.
    public func get<Output: Decodable & Sendable>(
        _ path: String, query: QueryParameters = QueryParameters(),
        as type: Output.Type = Output.self, timeout: Duration = Neighbour.defaultTimeout
    ) async throws -> Output {
        let target = query.isEmpty ? path : "\(path)?\(query.encoded)"
        let request = try request(.get, target)
        return try decode(
            type, try await call(request, isRepeatable: true, timeout: timeout))
    }

    /// Sends something and reads the answer. Without an idempotency key it is sent once.
    ///
    /// - Throws: `NeighbourError`; `CancellationError`.
    public func send<Input: Encodable & Sendable, Output: Decodable & Sendable>(
        _ method: HTTPMethod, _ path: String, _ body: Input, idempotencyKey: String? = nil,
        as type: Output.Type = Output.self, timeout: Duration = Neighbour.defaultTimeout
    ) async throws -> Output {
        var request = try request(method, path)
        if Input.self != NoBody.self {
            request.headers.set("Content-Type", "application/json")
            request.body = .bytes(try JSON.encode(body))
        }
        if let idempotencyKey { request.headers.set("Idempotency-Key", "\"\(idempotencyKey)\"") }
        let isRepeatable = method.isIdempotent || idempotencyKey != nil
        return try decode(
            type, try await call(request, isRepeatable: isRepeatable, timeout: timeout))
    }

    private func request(_ method: HTTPMethod, _ target: String) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(method, target)
        do {
            request.headers.set("Authorization", "Bearer \(try tokens.token(for: name))")
        } catch {
            throw NeighbourError(.unsigned, neighbour: name, reason: "\(error)")
        }
        request.headers.set("Accept", "application/json")
        if let trace = TraceContext.current {
            request.headers.set("traceparent", trace.traceparent)
        }
        if let correlation = WorkScope.current.correlationID {
            request.headers.set(RequestScope.correlationHeader, correlation.description)
        }
        return request
    }

    private func call(
        _ request: HTTPClientRequest, isRepeatable: Bool, timeout: Duration
    ) async throws -> [UInt8] {
        let own = ContinuousClock.now + timeout
        let deadline = WorkScope.current.deadline.map { min($0, own) } ?? own
        // Calls are spread over the replicas, and a repeat goes to the next one.
        let first = urls.count > 1 ? Int(random.uniform(below: UInt64(urls.count))) : 0
        var attempt = 1
        while true {
            var request = request
            request.url = urls[(first + attempt - 1) % urls.count] + request.url
            request.timeout = max(deadline - ContinuousClock.now, .milliseconds(1))
            request.headers.set(RequestDeadline.field, RequestDeadline.text(request.timeout))
            do {
                return try await once(request)
            } catch let error as NeighbourError {
                let pause = pause(after: attempt)
                guard isRepeatable, error.isRetriable, attempt < Self.attempts,
                    ContinuousClock.now + pause < deadline
                else { throw error }
                attempt += 1
                try await loop.sleep(for: pause)
            }
        }
    }

    private func pause(after attempt: Int) -> Duration {
        let base = Self.backoff * (1 << (attempt - 1))
        return base + base * Int(random.bytes(1)[0]) / 255
    }

    private func once(_ request: HTTPClientRequest) async throws -> [UInt8] {
        let response: HTTPClientResponse
        let body: [UInt8]
        do {
            response = try await send(request)
            body = try await response.body.collect(upTo: Self.bodyLimit)
        } catch let error as HTTPClientError {
            let code: NeighbourError.Code =
                error.code == .timedOut ? .timedOut : error.isRetriable ? .unavailable : .malformed
            throw NeighbourError(code, neighbour: name, reason: error.description)
        } catch let error as HTTPBodyError {
            let isLate = error == .timedOut || error == .incomplete
            throw NeighbourError(
                isLate ? .unavailable : .malformed, neighbour: name, reason: "\(error)")
        }
        if response.status.isSuccess { return body }
        let problem = try? JSON.decode(ProblemDocument.self, from: body)
        let isBusy = [429, 502, 503, 504].contains(response.status.code)
        throw NeighbourError(
            isBusy ? .unavailable : .refused, neighbour: name, status: response.status.code,
            slug: problem?.slug, reason: problem?.detail ?? problem?.title ?? "no problem document")
    }

    private func decode<Output: Decodable>(_ type: Output.Type, _ body: [UInt8]) throws -> Output {
        if let none = NoBody() as? Output { return none }
        do {
            return try JSON.decode(type, from: body)
        } catch {
            throw NeighbourError(
                .malformed, neighbour: name, reason: "\(error.pointer): \(error.message)")
        }
    }
}

/// A problem as it arrives from somebody else.
struct ProblemDocument: Decodable {
    let type: String?
    let title: String?
    let detail: String?

    var slug: String? {
        guard let type, type.hasPrefix(Problem.typePrefix) else { return nil }
        return String(type.dropFirst(Problem.typePrefix.count))
    }
}
