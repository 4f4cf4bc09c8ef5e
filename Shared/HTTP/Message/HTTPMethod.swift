/// The method of a request, case-sensitive (RFC 9110 §9.1).
public struct HTTPMethod: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static var get: Self { Self(rawValue: "GET") }
    public static var head: Self { Self(rawValue: "HEAD") }
    public static var post: Self { Self(rawValue: "POST") }
    public static var put: Self { Self(rawValue: "PUT") }
    public static var patch: Self { Self(rawValue: "PATCH") }
    public static var delete: Self { Self(rawValue: "DELETE") }
    public static var options: Self { Self(rawValue: "OPTIONS") }

    public var description: String { rawValue }

    /// Whether it only asks and changes nothing (RFC 9110 §9.2.1).
    public var isSafe: Bool {
        switch self {
        case .get, .head, .options: true
        default: false
        }
    }

    /// Whether a repeat has the same effect as one request (RFC 9110 §9.2.2), so that it may be
    /// sent again when nothing of an answer came.
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options: true
        default: false
        }
    }
}
