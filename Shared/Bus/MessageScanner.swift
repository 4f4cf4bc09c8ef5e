/// Finds the messages of the Kafka protocol, each after its length in four bytes, in a stream that
/// comes in pieces of any size.
struct MessageScanner {
    enum Step {
        /// The first bytes of a message, its length included.
        case header([UInt8])
        /// More of the message at hand.
        case body(Slice<UnsafeRawBufferPointer>)
        /// All bytes are used up.
        case incomplete
        /// A length that no message has.
        case broken
    }

    /// How many bytes are the header, the length included.
    let headerSize: Int
    /// Whether the message at hand is kept.
    private(set) var isGathering = false
    private var header: [UInt8] = []
    private var message: [UInt8] = []
    private var remaining = 0

    init(headerSize: Int) { self.headerSize = headerSize }

    mutating func take(_ bytes: inout Slice<UnsafeRawBufferPointer>) -> Step {
        if remaining > 0 {
            let part = bytes.prefix(remaining)
            bytes = bytes.dropFirst(part.count)
            remaining -= part.count
            if isGathering { message.append(contentsOf: part) }
            return .body(part)
        }
        let part = bytes.prefix(headerSize - header.count)
        header.append(contentsOf: part)
        bytes = bytes.dropFirst(part.count)
        guard header.count == headerSize else { return .incomplete }
        let size = Int(header.integer(0, as: Int32.self))
        guard size >= headerSize - 4, size <= PortRewriter.messageLimit else { return .broken }
        remaining = size - (headerSize - 4)
        message = header
        header = []
        return .header(message)
    }

    /// Keeps the message whose header was the last step.
    mutating func gather() { isGathering = true }

    /// The whole message, once it is there.
    mutating func gathered() -> [UInt8]? {
        guard remaining == 0 else { return nil }
        isGathering = false
        defer { message = [] }
        return message
    }
}

extension [UInt8] {
    /// The big-endian number at `place`.
    func integer<Number: FixedWidthInteger>(_ place: Int, as type: Number.Type) -> Number {
        self[place..<(place + MemoryLayout<Number>.size)].reduce(0) {
            $0 << 8 | Number(truncatingIfNeeded: $1)
        }
    }
}
