/// The 36 characters of an identifier: eight digits at a time, as one number.
enum IdentifierText {
    static let count = 36
    private static let hyphen = UInt8(ascii: "-")

    static func write(_ high: UInt64, _ low: UInt64, to place: UnsafeMutableRawBufferPointer) {
        precondition(place.count >= count, "an identifier has 36 characters")
        let second = digits(UInt32(truncatingIfNeeded: high))
        let third = digits(UInt32(truncatingIfNeeded: low >> 32))
        store(digits(UInt32(truncatingIfNeeded: high >> 32)), at: 0, of: place)
        store(UInt32(truncatingIfNeeded: second >> 32), at: 9, of: place)
        store(UInt32(truncatingIfNeeded: second), at: 14, of: place)
        store(UInt32(truncatingIfNeeded: third >> 32), at: 19, of: place)
        store(UInt32(truncatingIfNeeded: third), at: 24, of: place)
        store(digits(UInt32(truncatingIfNeeded: low)), at: 28, of: place)
        place[8] = hyphen
        place[13] = hyphen
        place[18] = hyphen
        place[23] = hyphen
    }

    /// Not of a generic type, whose metadata would be looked up for every text.
    static func read(_ text: String) -> (high: UInt64, low: UInt64)? {
        var text = text
        return text.withUTF8 { read(UnsafeRawBufferPointer($0)) }
    }

    static func read(_ text: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64)? {
        guard text.count == count, text[8] == hyphen, text[13] == hyphen, text[18] == hyphen,
            text[23] == hyphen
        else { return nil }
        let second = UInt64(load(text, 9, UInt32.self)) << 32 | UInt64(load(text, 14, UInt32.self))
        let third = UInt64(load(text, 19, UInt32.self)) << 32 | UInt64(load(text, 24, UInt32.self))
        guard let a = value(load(text, 0, UInt64.self)), let b = value(second),
            let c = value(third), let d = value(load(text, 28, UInt64.self))
        else { return nil }
        return (UInt64(a) << 32 | UInt64(b), UInt64(c) << 32 | UInt64(d))
    }

    // MARK: Eight digits

    /// The same byte eight times.
    @inline(__always)
    private static func each(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }

    /// The digits of a number, the first in the highest byte.
    @inline(__always)
    private static func digits(_ number: UInt32) -> UInt64 {
        var spread = UInt64(number)
        spread = (spread << 16 | spread) & 0x0000_FFFF_0000_FFFF
        spread = (spread << 8 | spread) & 0x00FF_00FF_00FF_00FF
        spread = (spread << 4 | spread) & each(0x0F)
        return characters(spread)
    }

    /// The characters of eight values below 16.
    @inline(__always)
    private static func characters(_ values: UInt64) -> UInt64 {
        let letters = (values &+ each(6)) >> 4 & each(1)
        return values &+ each(48) &+ letters &* 39
    }

    /// The number of eight digits in either case, the first in the highest byte; nil when one is
    /// none: what is read must be written the same.
    @inline(__always)
    private static func value(_ text: UInt64) -> UInt32? {
        let letters = text >> 6 & each(1)
        var values = (text & each(0x0F)) &+ letters &* 9
        guard values & each(0xF0) == 0, characters(values) == text | letters << 5 else {
            return nil
        }
        values = (values | values >> 4) & 0x00FF_00FF_00FF_00FF
        values = (values | values >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: values | values >> 16)
    }

    @inline(__always)
    private static func store<Word: FixedWidthInteger>(
        _ word: Word, at offset: Int, of place: UnsafeMutableRawBufferPointer
    ) {
        place.storeBytes(of: word.bigEndian, toByteOffset: offset, as: Word.self)
    }

    @inline(__always)
    private static func load<Word: FixedWidthInteger>(
        _ text: UnsafeRawBufferPointer, _ offset: Int, _: Word.Type
    ) -> Word {
        Word(bigEndian: text.loadUnaligned(fromByteOffset: offset, as: Word.self))
    }
}

/// What every identifier is to a coder, whatever it identifies: one type, which a coder can know,
/// and read and write where the text stands.
package struct IdentifierBits: Codable, Sendable {
    /// How many characters the text has.
    package static let count = IdentifierText.count

    package let high: UInt64
    package let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the 36-character form from its bytes; nil for anything else.
    package init?(utf8 text: UnsafeRawBufferPointer) {
        guard let (high, low) = IdentifierText.read(text) else { return nil }
        self.init(high: high, low: low)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let (high, low) = IdentifierText.read(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a UUID of 36 characters")
        }
        self.init(high: high, low: low)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Identifier<IdentifierBits>(high: high, low: low).description)
    }

    /// Writes the 36 characters at the beginning of a place that has room for them.
    ///
    /// - Returns: 36.
    package func write(to place: UnsafeMutableRawBufferPointer) -> Int {
        IdentifierText.write(high, low, to: place)
        return IdentifierText.count
    }
}
