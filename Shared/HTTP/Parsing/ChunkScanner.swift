/// Follows the chunked coding (RFC 9112 §7.1) byte by byte and refuses what parsers disagree about:
/// sizes that overflow, anything between size and extension, lines without CR, long extensions,
/// malformed trailers. The data itself is taken out by the parser, which must come to the same end.
struct ChunkScanner {
    /// Each case is followed by the next one, apart from where its comment says more.
    private enum State {
        case size
        /// Or `size` again, or `sizeEnd`.
        case moreSize
        case extensions
        /// Then `data`, or `trailerStart` after the last chunk.
        case sizeEnd
        case data
        case dataCarriageReturn
        /// Then `size`.
        case dataLineFeed
        /// Or `lastLineFeed`.
        case trailerStart
        case trailerName
        case trailerValue
        /// Then `trailerStart`.
        case trailerLineFeed
        case lastLineFeed
        case ended
    }

    private static let maximumDigits = 16

    private var state = State.size
    private var size = 0
    private var digits = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailerFields = 0
    /// The data of all chunks so far, the one at hand included.
    private var total = 0

    let maximumBody: Int
    let maximumExtension: Int
    let maximumTrailer: Int
    let maximumFields: Int

    init(maximumBody: Int, maximumExtension: Int, maximumTrailer: Int, maximumFields: Int) {
        self.maximumBody = maximumBody
        self.maximumExtension = maximumExtension
        self.maximumTrailer = maximumTrailer
        self.maximumFields = maximumFields
    }

    var isEnded: Bool { state == .ended }

    /// How many of the bytes belong to this body.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(ProtocolFault) -> Int {
        var index = 0
        while index < bytes.count, state != .ended {
            if state == .data {
                let count = min(size, bytes.count - index)
                size -= count
                index += count
                if size == 0 { state = .dataCarriageReturn }
            } else {
                try step(bytes[index])
                index += 1
            }
        }
        return index
    }

    private mutating func step(_ byte: UInt8) throws(ProtocolFault) {
        switch state {
        case .size, .moreSize: try stepSize(byte)
        case .extensions: try stepExtension(byte)
        case .sizeEnd:
            try expect(byte, 0x0A)
            state = size == 0 ? .trailerStart : .data
        case .dataCarriageReturn:
            try expect(byte, 0x0D)
            state = .dataLineFeed
        case .dataLineFeed:
            try expect(byte, 0x0A)
            state = .size
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .lastLineFeed:
            trailerBytes += 1
            if trailerBytes > maximumTrailer { throw .headTooLarge }
            try stepTrailer(byte)
        case .data, .ended: throw .chunk
        }
    }

    private mutating func stepSize(_ byte: UInt8) throws(ProtocolFault) {
        if let digit = PercentCoding.digit(byte) {
            if state == .size {
                size = 0
                digits = 0
                extensionBytes = 0
                state = .moreSize
            }
            digits += 1
            guard digits <= Self.maximumDigits, size <= Int.max >> 5 else { throw .chunk }
            size = size << 4 | Int(digit)
        } else if state == .moreSize, byte == 0x0D {
            try endSize()
        } else if state == .moreSize, byte == UInt8(ascii: ";") {
            state = .extensions
        } else {
            throw .chunk
        }
    }

    private mutating func stepExtension(_ byte: UInt8) throws(ProtocolFault) {
        if byte == 0x0D { return try endSize() }
        extensionBytes += 1
        guard extensionBytes <= maximumExtension, FieldSyntax.isValueByte(byte) else {
            throw .chunk
        }
    }

    private mutating func endSize() throws(ProtocolFault) {
        guard size <= maximumBody - total else { throw .bodyTooLarge }
        total += size
        state = .sizeEnd
    }

    private mutating func stepTrailer(_ byte: UInt8) throws(ProtocolFault) {
        switch state {
        case .trailerStart where byte == 0x0D: state = .lastLineFeed
        case .trailerStart:
            trailerFields += 1
            guard trailerFields <= maximumFields else { throw .headTooLarge }
            guard FieldSyntax.isTokenByte(byte) else { throw .trailer }
            state = .trailerName
        case .trailerName where byte == UInt8(ascii: ":"): state = .trailerValue
        case .trailerName:
            guard FieldSyntax.isTokenByte(byte) else { throw .trailer }
        case .trailerValue where byte == 0x0D: state = .trailerLineFeed
        case .trailerValue:
            guard FieldSyntax.isValueByte(byte) else { throw .trailer }
        case .trailerLineFeed:
            try expect(byte, 0x0A)
            state = .trailerStart
        default:
            try expect(byte, 0x0A)
            state = .ended
        }
    }

    private func expect(_ byte: UInt8, _ expected: UInt8) throws(ProtocolFault) {
        if byte != expected { throw .chunk }
    }
}
