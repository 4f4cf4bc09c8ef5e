/// Why there is no response.
public struct HTTPClientError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for callers that treat kinds differently.
    public enum Code: Sendable, Hashable {
        /// The URL is not one of HTTP.
        case invalidURL
        /// A field of the request cannot be written on the wire.
        case invalidRequest
        /// The name has no address.
        case unresolved
        /// No connection: refused, unreachable, too slow, or TLS failed.
        case connect
        /// The certificate is not trusted or is for another name.
        case untrusted
        /// The connection ended before the response was complete.
        case connectionLost
        /// The response did not come in time.
        case timedOut
        /// The response breaks the protocol or a limit.
        case invalidResponse
        /// Too many requests wait for a connection.
        case overloaded
        /// The client was closed.
        case closed
    }

    /// How far the request had come, for those who would send it again.
    public enum Progress: Sendable, Hashable {
        /// Nothing of it has left.
        case unsent
        /// It has left, at least in part, and not a byte of an answer came.
        case unanswered
        /// An answer had begun.
        case answered
    }

    public let code: Code
    public let progress: Progress
    /// `http://host:port`, without path and query, which may be secret.
    public let origin: String
    /// What the system or a library said.
    public let reason: String

    public init(_ code: Code, origin: String, reason: String, progress: Progress = .unanswered) {
        self.code = code
        self.progress = progress
        self.origin = origin
        self.reason = reason
    }

    /// Whether the same request may succeed later. Whether the server may have acted on this one is
    /// another question: see `HTTPMethod.isIdempotent`.
    public var isRetriable: Bool {
        switch code {
        case .invalidURL, .invalidRequest, .untrusted, .invalidResponse, .closed: false
        case .unresolved, .connect, .connectionLost, .timedOut, .overloaded: true
        }
    }

    public var description: String { "\(origin): \(reason)" }
}
