internal import HTTP
internal import Runtime
internal import ServiceKit

/// Sends a request on to the service that it is for, and its answer back; neither is held in memory
/// whole unless it is small.
struct Proxy: Sendable {
    /// Bodies up to this size are gathered first, so that a slow client holds no connection to a
    /// service, and half an answer is none.
    static let smallBody = 65_536
    /// How often a request without effects is sent to a service that refuses connections.
    static let attempts = 3
    /// The wait before the first repeat; doubled for the next.
    static let backoff: Duration = .milliseconds(50)

    let http: HTTPClient
    let loop: EventLoop
    let publicURL: String
    /// From sending to the header of the answer.
    let timeout: Duration
    /// The most bytes of a request's body.
    let bodyLimit: Int

    /// - Parameter url: scheme, host and port of the service.
    /// - Throws: `Problem` 413, 502, 503 or 504.
    func forward(
        _ call: FallbackCall, to url: String, of service: String
    ) async throws -> HTTPResponse {
        let request = call.request
        var outgoing = HTTPClientRequest(
            request.method, url + request.target,
            headers: ForwardedFields.toService(call, publicURL: publicURL), timeout: timeout)
        outgoing.body = try await body(of: request)
        do {
            let response = try await send(outgoing)
            return try await answer(response, toHead: request.method == .head)
        } catch let error as HTTPClientError {
            throw Self.problem(of: error, service)
        }
    }

    private func body(of request: HTTPRequest) async throws -> HTTPClientRequest.Body {
        let body = request.body
        guard let length = body.length else {
            return .stream(length: nil, limited(body))
        }
        if length > bodyLimit { throw HTTPBodyError.tooLarge(limit: bodyLimit) }
        if length == 0 { return .empty }
        if length <= Self.smallBody {
            return .bytes(try await body.collect(upTo: Self.smallBody))
        }
        return .stream(length: length, limited(body))
    }

    private func limited(
        _ body: HTTPBody
    ) -> @Sendable (HTTPBodyWriter) async throws -> Void {
        let limit = bodyLimit
        return { writer in
            var count = 0
            for try await chunk in body {
                count += chunk.count
                if count > limit { throw HTTPBodyError.tooLarge(limit: limit) }
                try await writer.write(chunk)
            }
        }
    }

    /// A connection that is refused has carried nothing: what only reads is sent again.
    private func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        var attempt = 1
        while true {
            do {
                return try await http.send(request)
            } catch let error as HTTPClientError
                where error.code == .connect && attempt < Self.attempts && reads(request)
            {
                try await loop.sleep(for: Self.backoff * (1 << (attempt - 1)))
                attempt += 1
            }
        }
    }

    private func reads(_ request: HTTPClientRequest) -> Bool {
        guard case .empty = request.body else { return false }
        return request.method == .get || request.method == .head
    }

    private func answer(
        _ response: HTTPClientResponse, toHead: Bool
    ) async throws -> HTTPResponse {
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
                throw ProblemSlug.badGateway.problem("The answer broke off.")
            }
        } else {
            answer.body = .stream(length: body.length) { writer in
                for try await chunk in body { try await writer.write(chunk) }
            }
        }
        return answer
    }

    private static func problem(of error: HTTPClientError, _ service: String) -> Problem {
        switch error.code {
        case .connect, .unresolved, .overloaded, .closed:
            .unavailable("The service \(service) cannot be reached.", retryAfter: 2)
        case .timedOut:
            ProblemSlug.gatewayTimeout.problem("The service \(service) did not answer in time.")
        case .connectionLost, .invalidResponse, .untrusted, .invalidURL, .invalidRequest:
            ProblemSlug.badGateway.problem("The service \(service) failed to answer.")
        }
    }
}

extension ProblemSlug {
    static let badGateway = ProblemSlug(
        "bad-gateway", 502, "A part of the platform failed to answer")
    static let gatewayTimeout = ProblemSlug(
        "gateway-timeout", 504, "A part of the platform did not answer in time")
}
