internal import Runtime

/// One request of a client and what comes of it. Confined to the client's loop.
final class ClientExchange: @unchecked Sendable {
    // Safety of `@unchecked`: fields are touched on the client's loop only.

    enum Outcome: Sendable {
        case response(HTTPClientResponse)
        case upgraded(WebSocketEngine, HTTPHeaders)
    }

    let request: HTTPClientRequest
    let url: HTTPURL
    /// Non-nil to become a WebSocket.
    let webSocket: WebSocketLimits?
    var deadline = LoopTime.never
    /// How often it was sent.
    var attempts = 0
    /// The connection that carries it, or carried it last.
    var connection: ClientConnection?
    /// The task that writes a streamed body.
    var writing: Task<Void, Never>?
    var isSent = false
    /// Whether a byte of an answer came.
    var hasReceived = false
    private var continuation: UnsafeContinuation<Outcome, any Error>?
    private var early: (any Error)?

    init(_ request: HTTPClientRequest, _ url: HTTPURL, webSocket: WebSocketLimits?) {
        self.request = request
        self.url = url
        self.webSocket = webSocket
    }

    /// Whether it may be sent again after a connection died without an answer.
    var isRepeatable: Bool {
        if case .stream = request.body { return false }
        return request.method.isIdempotent
    }

    /// False when it was given up before it began.
    func begin(_ continuation: UnsafeContinuation<Outcome, any Error>) -> Bool {
        if let early {
            continuation.resume(throwing: early)
            return false
        }
        self.continuation = continuation
        return true
    }

    var isAnswered: Bool { continuation == nil }

    func succeed(_ outcome: Outcome) {
        continuation.take()?.resume(returning: outcome)
    }

    func fail(_ error: any Error) {
        early = error
        writing?.cancel()
        continuation.take()?.resume(throwing: error)
    }

    func error(_ code: HTTPClientError.Code, _ reason: String) -> HTTPClientError {
        HTTPClientError(
            code, origin: url.origin.description, reason: reason,
            progress: hasReceived ? .answered : attempts > 0 ? .unanswered : .unsent)
    }
}
