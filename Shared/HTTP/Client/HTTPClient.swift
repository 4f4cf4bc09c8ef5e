public import Runtime

/// Sends requests over pooled, kept connections; usable from any task.
public final class HTTPClient: Sendable {
    private let loop: EventLoop
    private let pool: ClientPool

    /// A client whose connections live on `loop`.
    public init(
        loop: EventLoop, limits: HTTPClientLimits = HTTPClientLimits(), trust: TLSTrust = .system
    ) {
        self.loop = loop
        pool = ClientPool(loop: loop, limits: limits, trust: trust)
    }

    /// Sends a request and returns when the header of the response is there. Redirects are not
    /// followed. The trace of the calling task goes along as `traceparent`.
    ///
    /// A request that met a connection which the server had closed meanwhile is sent once more
    /// when that is safe: no byte of a response came, the method is idempotent, the body is not
    /// streamed.
    ///
    /// - Throws: `HTTPClientError`; `CancellationError`; what a streamed body throws.
    public func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        switch try await outcome(of: try exchange(request, webSocket: nil)) {
        case .response(let response): return response
        case .upgraded:
            throw HTTPClientError(.invalidResponse, origin: "", reason: "upgraded unasked")
        }
    }

    /// Opens a WebSocket (`ws:` or `wss:` URL).
    ///
    /// - Throws: `HTTPClientError`, also when the server does not upgrade.
    public func webSocket(
        _ url: String, headers: HTTPHeaders = [:], subprotocols: [String] = [],
        limits: WebSocketLimits = WebSocketLimits(), timeout: Duration = .seconds(30)
    ) async throws -> WebSocketConnection {
        let request = HTTPClientRequest(.get, url, headers: headers, timeout: timeout)
        switch try await upgrade(request, subprotocols: subprotocols, limits: limits) {
        case .opened(let connection): return connection
        case .refused(let response):
            throw HTTPClientError(
                .invalidResponse, origin: Self.origin(url),
                reason: "answered \(response.status) instead of upgrading", progress: .answered)
        }
    }

    /// What a server made of the wish for a WebSocket.
    public enum Upgrade: Sendable {
        case opened(WebSocketConnection)
        /// Answered like any other request.
        case refused(HTTPClientResponse)
    }

    /// Asks for a WebSocket, and brings the server's answer when it does not agree.
    ///
    /// - Throws: `HTTPClientError`.
    public func upgrade(
        _ request: HTTPClientRequest, subprotocols: [String] = [],
        limits: WebSocketLimits = WebSocketLimits()
    ) async throws -> Upgrade {
        var random = SystemRandomNumberGenerator()
        let key = WebSocketKey.key(
            (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        var request = request
        request.headers.set("Sec-WebSocket-Key", key)
        request.headers.set("Sec-WebSocket-Version", "13")
        if !subprotocols.isEmpty {
            request.headers.set("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", "))
        }
        switch try await outcome(of: try exchange(request, webSocket: limits)) {
        case .response(let response): return .refused(response)
        case .upgraded(let engine, let answer):
            let chosen = answer["Sec-WebSocket-Protocol"]
            guard answer["Sec-WebSocket-Accept"] == WebSocketKey.accept(for: key),
                answer["Sec-WebSocket-Extensions"] == nil,
                chosen.map(subprotocols.contains) ?? true
            else {
                loop.perform { engine.close(.protocolError, "") }
                throw HTTPClientError(
                    .invalidResponse, origin: Self.origin(request.url),
                    reason: "the handshake is wrong", progress: .answered)
            }
            return .opened(WebSocketConnection(engine, subprotocol: chosen))
        }
    }

    /// Closes all idle connections and refuses further requests; those under way end by themselves.
    public func close() async {
        await withCheckedContinuation { continuation in
            loop.perform { [pool] in
                pool.close()
                continuation.resume()
            }
        }
    }

    private func exchange(
        _ request: HTTPClientRequest, webSocket: WebSocketLimits?
    ) throws -> ClientExchange {
        guard let url = request.location ?? HTTPURL(request.url) else {
            throw HTTPClientError(.invalidURL, origin: "", reason: "not a URL of HTTP")
        }
        if let name = request.headers.refused {
            throw HTTPClientError(
                .invalidRequest, origin: url.origin.description,
                reason: "the field \(name) cannot be sent")
        }
        guard !request.method.rawValue.isEmpty,
            request.method.rawValue.utf8.allSatisfy(FieldSyntax.isTokenByte)
        else {
            throw HTTPClientError(
                .invalidRequest, origin: url.origin.description, reason: "not a method")
        }
        var request = request
        if let trace = TraceContext.current, !request.headers.contains("traceparent") {
            request.headers.add("traceparent", trace.traceparent)
        }
        return ClientExchange(request, url, webSocket: webSocket)
    }

    private func outcome(of exchange: ClientExchange) async throws -> ClientExchange.Outcome {
        try await withTaskCancellationHandler {
            // Unchecked: an exchange forgets its continuation when it resumes it.
            try await withUnsafeThrowingContinuation { continuation in
                if loop.isCurrent { return pool.start(exchange, continuation) }
                loop.submit { [pool] in pool.start(exchange, continuation) }
            }
        } onCancel: {
            // Not within the continuation at hand, which may be on this very thread.
            loop.submit { [pool] in pool.cancel(exchange) }
        }
    }

    private static func origin(_ url: String) -> String {
        HTTPURL(url)?.origin.description ?? ""
    }

    deinit {
        loop.submit { [pool] in pool.close() }
    }
}
