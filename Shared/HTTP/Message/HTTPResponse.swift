internal import JSON

/// A response as a handler gives it. The server adds `Date`, `Content-Length` or
/// `Transfer-Encoding`, and `Connection`; setting those here has no effect.
public struct HTTPResponse: Sendable {
    /// What follows the header.
    public enum Body: Sendable {
        case empty
        case bytes([UInt8])
        /// Written while it is sent; chunked when the length is unknown. A closure that throws, or
        /// writes more or less than `length`, ends the connection: the reader notices the loss.
        case stream(length: Int?, @Sendable (HTTPBodyWriter) async throws -> Void)
        /// The connection becomes a WebSocket (status and header follow from the request).
        case upgrade(WebSocketHandler)
    }

    public var status: HTTPStatus
    public var headers: HTTPHeaders
    public var body: Body

    public init(_ status: HTTPStatus = .ok, headers: HTTPHeaders = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Plain text in UTF-8.
    public static func text(_ text: String, status: HTTPStatus = .ok) -> HTTPResponse {
        bytes(Array(text.utf8), type: "text/plain; charset=utf-8", status: status)
    }

    /// A value as JSON.
    ///
    /// - Throws: what the value's `encode` throws.
    public static func json(
        _ value: some Encodable, status: HTTPStatus = .ok
    ) throws -> HTTPResponse {
        bytes(try JSON.encode(value), type: "application/json", status: status)
    }

    /// Bytes of a media type.
    public static func bytes(
        _ bytes: [UInt8], type: String, status: HTTPStatus = .ok
    ) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": type], body: .bytes(bytes))
    }

    /// Sends the client elsewhere; 302 unless told otherwise.
    public static func redirect(to location: String, status: HTTPStatus = .found) -> HTTPResponse {
        HTTPResponse(status, headers: ["Location": location])
    }

    /// Agrees to the upgrade that the client asked for. A request that asks for none is answered
    /// with 426 by the server.
    public static func webSocket(_ handler: WebSocketHandler) -> HTTPResponse {
        HTTPResponse(101, body: .upgrade(handler))
    }

    /// The whole body, a streamed one by running its closure: for tests and for caches.
    ///
    /// - Throws: `HTTPBodyError.tooLarge`, or what the closure throws.
    public func collectBody(upTo limit: Int) async throws -> [UInt8] {
        switch body {
        case .empty, .upgrade: return []
        case .bytes(let bytes):
            if bytes.count > limit { throw HTTPBodyError.tooLarge(limit: limit) }
            return bytes
        case .stream(_, let write):
            let collector = BodyCollector(limit: limit)
            try await write(HTTPBodyWriter { try collector.add($0) })
            return collector.bytes
        }
    }
}
