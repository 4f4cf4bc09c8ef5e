/// Cuts what comes in into lines that end with CR LF.
///
/// A CR or LF by itself is no end of a line and may not be in one: servers that disagree about them
/// can be made to see two messages where there is one ("SMTP smuggling").
struct SMTPLines {
    enum Line: Equatable {
        /// Without its CR LF.
        case complete(ArraySlice<UInt8>)
        /// A whole line over the limit, thrown away.
        case tooLong
        /// A CR or LF by itself; nothing after it can be trusted.
        case broken
    }

    private static let lineFeed: UInt8 = 0x0A
    private static let carriageReturn: UInt8 = 0x0D

    private var bytes: [UInt8] = []
    private var start = 0
    private var scanned = 0
    private var isOverlong = false

    mutating func append(_ more: some Sequence<UInt8>) {
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= 65_536)
            start = 0
            scanned = 0
        } else if start > 65_536 {
            bytes.removeFirst(start)
            scanned -= start
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next whole line of at most `limit` bytes with its end; nil until more comes.
    mutating func next(limit: Int) -> Line? {
        while scanned < bytes.count {
            let byte = bytes[scanned]
            let isAfterReturn = scanned > start && bytes[scanned - 1] == Self.carriageReturn
            guard (byte == Self.lineFeed) == isAfterReturn else { return .broken }
            scanned += 1
            if scanned - start > limit {
                isOverlong = true
                start = scanned - 1
            }
            if byte == Self.lineFeed { return take() }
        }
        return nil
    }

    private mutating func take() -> Line {
        defer {
            start = scanned
            isOverlong = false
        }
        return isOverlong ? .tooLong : .complete(bytes[start..<scanned - 2])
    }
}
