internal import HTTP

/// Why the server ends a connection.
enum LiveEnd: String, Error, Sendable {
    /// The token has expired, or the person is no more.
    case expired
    /// Nothing was heard from the client.
    case idle
    /// The client does not take what it is told; it may resume where it is.
    case tooSlow
    /// The client sends too much.
    case tooMuch
    /// There are too many connections.
    case overloaded
    /// The client's past cannot be read for now.
    case unavailable
    /// The client sent something that is no message of `souk.v1`.
    case malformed
    /// The client sent binary data.
    case binary

    var code: WebSocketCloseCode {
        switch self {
        case .expired: 4401
        case .idle: 4408
        case .tooMuch: 4429
        case .tooSlow, .overloaded, .unavailable: .tryAgainLater
        case .malformed: .policyViolation
        case .binary: .unsupportedData
        }
    }

    var reason: String {
        switch self {
        case .expired: "the token has expired"
        case .idle: "nothing was heard from you"
        case .tooMuch: "too many frames"
        case .tooSlow: "too slow; resume from your cursor"
        case .overloaded: "too many connections"
        case .unavailable: "not available right now"
        case .malformed: "not a message of souk.v1"
        case .binary: "text only"
        }
    }
}
