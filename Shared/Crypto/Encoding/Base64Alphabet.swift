/// The 64 digits of one of the alphabets of RFC 4648.
struct Base64Alphabet: Sendable {
    private let digits: [UInt8]
    /// By byte: the digit's value, 255 for any other byte.
    private let values: [UInt8]

    /// - Parameter last: the digits for 62 and 63.
    init(last: (Unicode.Scalar, Unicode.Scalar)) {
        let text = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        digits = Array(text.utf8) + [UInt8(ascii: last.0), UInt8(ascii: last.1)]
        var values = [UInt8](repeating: 255, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        self.values = values
    }

    static let standard = Base64Alphabet(last: ("+", "/"))
    static let url = Base64Alphabet(last: ("-", "_"))

    /// The digits of `bytes` without padding.
    func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var window: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            window = window << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(digits[Int(window >> bits & 63)])
            }
        }
        if bits > 0 { text.append(digits[Int(window << (6 - bits) & 63)]) }
        return text
    }

    /// The bytes that `encode` gives exactly this text for; nil when there are none.
    func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var window: UInt32 = 0
        var bits: UInt32 = 0
        for digit in text {
            let value = values[Int(digit)]
            guard value < 64 else { return nil }
            window = window << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: window >> bits))
            }
        }
        // Digits that carry no bit of any byte must be zero: otherwise two texts mean the same.
        guard window & (1 << bits - 1) == 0 else { return nil }
        return bytes
    }
}
