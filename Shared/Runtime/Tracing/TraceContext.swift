/// The place of some work within a distributed trace, as W3C Trace Context (level 1, with level 2's
/// random flag) carries it in `traceparent`.
public struct TraceContext: Sendable, Hashable {
    /// The context of the running task; children of the task inherit it.
    public static var current: TraceContext? { WorkScope.current.trace }

    /// The trace as a whole.
    public let traceID: TraceID
    /// The piece of work that speaks.
    public let spanID: SpanID
    /// Bit 0: sampled; bit 1: the trace id is random. Others are dropped.
    public let flags: UInt8
    /// Other vendors' data, carried unchanged; nil when there is none or it was malformed.
    public let tracestate: String?

    /// A context of these parts.
    public init(traceID: TraceID, spanID: SpanID, flags: UInt8 = 1, tracestate: String? = nil) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags & 3
        self.tracestate = tracestate.flatMap { Self.isValidState($0) ? $0 : nil }
    }

    /// Reads a `traceparent` header; nil unless it follows the specification to the letter. A
    /// version after 00 is read by its first four fields (§4.3).
    public init?(traceparent: String) {
        self.init(traceparent: traceparent, tracestate: nil)
    }

    /// Reads both headers. A malformed `tracestate` is dropped, a malformed `traceparent` gives
    /// nil.
    public init?(traceparent: String, tracestate: String?) {
        let bytes = Array(traceparent.utf8)
        let dash = UInt8(ascii: "-")
        guard bytes.count >= Self.length, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = Self.hex(bytes[0..<2]), version != 0xFF,
            let high = Self.hex(bytes[3..<19]), let low = Self.hex(bytes[19..<35]),
            let span = Self.hex(bytes[36..<52]), let flags = Self.hex(bytes[53..<55]),
            let traceID = TraceID(high: high, low: low), let spanID = SpanID(span)
        else { return nil }
        if bytes.count > Self.length {
            guard version > 0, bytes[Self.length] == dash else { return nil }
        }
        self.init(
            traceID: traceID, spanID: spanID, flags: UInt8(truncatingIfNeeded: flags),
            tracestate: tracestate)
    }

    /// Whether the caller records this trace.
    public var isSampled: Bool { flags & 1 == 1 }

    /// The header's value, always in version 00.
    public var traceparent: String {
        String(unsafeUninitializedCapacity: Self.length) { text in
            text.initialize(repeating: UInt8(ascii: "-"))
            Hexadecimal.write(0, digits: 2, to: text, at: 0)
            Hexadecimal.write(traceID.high, digits: 16, to: text, at: 3)
            Hexadecimal.write(traceID.low, digits: 16, to: text, at: 19)
            Hexadecimal.write(spanID.bits, digits: 16, to: text, at: 36)
            Hexadecimal.write(UInt64(flags), digits: 2, to: text, at: 53)
            return Self.length
        }
    }

    /// The context of a piece of work within this one.
    public func child(_ spanID: SpanID) -> TraceContext {
        TraceContext(traceID: traceID, spanID: spanID, flags: flags, tracestate: tracestate)
    }

    /// The length of version 00.
    private static let length = 55

    private static func hex(_ digits: ArraySlice<UInt8>) -> UInt64? {
        Hexadecimal.value(digits)
    }
}
