internal import Glibc

/// Finds the end of a message's head and refuses line structures that parsers disagree about: lines
/// that end without CR or have another (RFC 9112 §2.2), folded fields, more than one empty line in
/// front.
///
/// It goes on where it stopped when more bytes of the same message have come in.
struct HeadScanner {
    enum Outcome: Equatable {
        case incomplete
        /// The head takes `length` bytes, its last empty line included, after `skipped` bytes of an
        /// empty line.
        case complete(skipped: Int, length: Int)
        case fault(ProtocolFault)
    }

    let maximumBytes: Int
    let maximumFields: Int
    /// The longest first line.
    let maximumLine: Int
    private var skipped = 0
    private var lineStart = 0
    private var searched = 0
    private var lines = 0

    init(maximumBytes: Int, maximumFields: Int, maximumLine: Int) {
        self.maximumBytes = maximumBytes
        self.maximumFields = maximumFields
        self.maximumLine = maximumLine
    }

    /// Forgets the message at hand.
    mutating func reset() {
        skipped = 0
        lineStart = 0
        searched = 0
        lines = 0
    }

    /// Looks at all bytes since the start of the message.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        guard let base = bytes.baseAddress else { return .incomplete }
        while let found = memchr(base + searched, 0x0A, bytes.count - searched) {
            let lineFeed = UnsafeRawPointer(found) - base
            searched = lineFeed + 1
            // The same as if the line had not ended yet: however the bytes are cut.
            if lines == 0, lineFeed - lineStart > maximumLine + 1 { return .fault(.targetTooLong) }
            if searched > maximumBytes { return .fault(.headTooLarge) }
            guard lineFeed > lineStart, bytes[lineFeed - 1] == 0x0D else {
                return .fault(.bareLineFeed)
            }
            if let outcome = endLine(base, lineFeed - 1) { return outcome }
        }
        searched = bytes.count
        // The carriage return may have come already.
        if lines == 0, bytes.count - lineStart > maximumLine + 1 { return .fault(.targetTooLong) }
        if bytes.count > maximumBytes { return .fault(.headTooLarge) }
        return .incomplete
    }

    private mutating func endLine(_ bytes: UnsafeRawPointer, _ end: Int) -> Outcome? {
        defer { lineStart = end + 2 }
        if end == lineStart {
            if lines > 0 { return .complete(skipped: skipped, length: end + 2 - skipped) }
            if skipped > 0 { return .fault(.emptyLines) }
            skipped = end + 2
            return nil
        }
        // The parser takes what follows it for a line feed, so that others see other fields.
        if memchr(bytes + lineStart, 0x0D, end - lineStart) != nil {
            return .fault(.bareCarriageReturn)
        }
        let first = bytes.load(fromByteOffset: lineStart, as: UInt8.self)
        if lines > 0, first == 0x20 || first == 0x09 { return .fault(.foldedField) }
        lines += 1
        return lines > maximumFields + 1 ? .fault(.headTooLarge) : nil
    }
}
