/// A request to be sent.
public struct HTTPClientRequest: Sendable {
    /// What is sent after the head.
    public enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// Written while it is sent; chunked when the length is unknown. Such a request is never
        /// sent twice.
        case stream(length: Int?, @Sendable (HTTPBodyWriter) async throws -> Void)
    }

    public var method: HTTPMethod
    /// Absolute: `https://host:port/path?query`.
    public var url: String
    /// The same when it was read before, in place of `url`.
    public var location: HTTPURL?
    public var headers: HTTPHeaders
    public var body: Body
    /// From sending to the header of the response, connecting included. The body of the response
    /// is held to the client's `stall` limit.
    public var timeout: Duration

    public init(
        _ method: HTTPMethod = .get, _ url: String, headers: HTTPHeaders = [:],
        body: Body = .empty, timeout: Duration = .seconds(30)
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// A response that came back; its body is still coming in.
public struct HTTPClientResponse: Sendable {
    public var status: HTTPStatus
    public var headers: HTTPHeaders
    /// Read it to its end or drop it: a connection whose body is dropped unread is closed.
    public var body: HTTPBody

    public init(_ status: HTTPStatus, headers: HTTPHeaders = [:], body: HTTPBody = HTTPBody()) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
