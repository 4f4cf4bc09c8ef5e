/// The 16 bytes that name a trace; never all zero.
public struct TraceID: Hashable, Sendable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    /// A trace id of these halves; nil when both are zero.
    public init?(high: UInt64, low: UInt64) {
        if high == 0 && low == 0 { return nil }
        self.high = high
        self.low = low
    }

    /// A new random one.
    public init(random: any RandomSource) {
        high = random.word()
        low = random.word() | 1
    }

    /// 32 lowercase hexadecimal digits.
    public var description: String {
        Hexadecimal.text(high, digits: 16) + Hexadecimal.text(low, digits: 16)
    }
}

/// The 8 bytes that name a span; never all zero.
public struct SpanID: Hashable, Sendable, CustomStringConvertible {
    let bits: UInt64

    /// A span id of these bits; nil when they are zero.
    public init?(_ bits: UInt64) {
        if bits == 0 { return nil }
        self.bits = bits
    }

    /// A new random one.
    public init(random: any RandomSource) {
        bits = random.word() | 1
    }

    /// 16 lowercase hexadecimal digits.
    public var description: String { Hexadecimal.text(bits, digits: 16) }
}

/// Lowercase hexadecimal, as trace headers want it.
enum Hexadecimal {
    static func text(_ value: UInt64, digits: Int) -> String {
        String(unsafeUninitializedCapacity: digits) { text in
            write(value, digits: digits, to: text, at: 0)
            return digits
        }
    }

    static func write(
        _ value: UInt64, digits: Int, to text: UnsafeMutableBufferPointer<UInt8>, at start: Int
    ) {
        for index in 0..<digits {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64((digits - 1 - index) * 4)) & 15
            text[start + index] =
                digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
        }
    }

    /// The value of up to sixteen lowercase digits; nil for anything else.
    static func value(_ digits: some Sequence<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
