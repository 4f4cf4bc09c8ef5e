/// A whole message, put together from its fragments; text is valid UTF-8.
public enum WebSocketMessage: Sendable, Hashable {
    case text(String)
    case binary([UInt8])
}

/// Why a WebSocket ends (RFC 6455 §7.4).
public struct WebSocketCloseCode: Hashable, Sendable, ExpressibleByIntegerLiteral {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public init(integerLiteral value: UInt16) { self.init(rawValue: value) }

    public static var normal: Self { 1000 }
    public static var goingAway: Self { 1001 }
    public static var protocolError: Self { 1002 }
    public static var unsupportedData: Self { 1003 }
    /// Said by nobody: the peer closed without a code.
    public static var noStatus: Self { 1005 }
    /// Said by nobody: the connection broke.
    public static var abnormal: Self { 1006 }
    public static var invalidPayload: Self { 1007 }
    public static var policyViolation: Self { 1008 }
    public static var messageTooBig: Self { 1009 }
    public static var internalError: Self { 1011 }
    public static var tryAgainLater: Self { 1013 }

    /// Whether an endpoint may send it: the registered ones but the reserved, and 3000…4999.
    public var isSendable: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
