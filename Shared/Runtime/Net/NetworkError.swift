internal import Glibc

/// Why a socket or TLS did not do what was asked.
public struct NetworkError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable, Hashable {
        case addressInUse
        /// Not a literal address, or none that this machine has.
        case addressInvalid
        /// The name has no address.
        case unresolved
        case refused
        case timedOut
        /// Reset, broken or ended within something.
        case connectionLost
        /// A file of keys or certificates cannot be used, or the handshake failed.
        case tls
        /// The peer's certificate is not trusted or is for another name.
        case untrusted
        /// No descriptors, memory or threads.
        case exhausted
        case other
    }

    public let code: Code
    /// What was attempted: `bind 127.0.0.1:8080`.
    public let operation: String
    public let reason: String

    public init(_ code: Code, _ operation: String, reason: String) {
        self.code = code
        self.operation = operation
        self.reason = reason
    }

    /// From a number of the system.
    init(errno number: Int32, _ operation: String) {
        let code: Code =
            switch number {
            case EADDRINUSE: .addressInUse
            case EADDRNOTAVAIL, EAFNOSUPPORT: .addressInvalid
            case ECONNREFUSED: .refused
            case ETIMEDOUT: .timedOut
            case ECONNRESET, EPIPE, ECONNABORTED: .connectionLost
            case EMFILE, ENFILE, ENOMEM, ENOBUFS: .exhausted
            default: .other
            }
        self.init(code, operation, reason: String(cString: strerror(number)))
    }

    public var description: String { "\(operation): \(reason)" }
}
