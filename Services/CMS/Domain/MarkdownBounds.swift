/// What a text may be so that making HTML of it takes neither long nor much memory.
///
/// The library's time grows with the square of some things and its output with the product of
/// others; these are bounded before it sees the text. Each bound is far beyond what people write.
enum MarkdownBounds {
    static let mostBytes = 131_072
    static let mostLines = 10_000
    /// Bytes of ASCII without a blank in between: an address, a row of signs.
    static let longestWord = 2_048
    /// Quotes and lists within each other on one line.
    static let deepestNesting = 20
    static let mostCellsOfRow = 64
    static let mostCellsOfTable = 50_000
    /// Opening brackets between two empty lines.
    static let mostBrackets = 2_000
    /// Each bracket may repeat the longest definition of an address.
    static let mostRepeatedBytes = 8 << 20

    /// What is too much, as the end of a sentence that starts with the text; nil if nothing.
    static func fault(of text: String) -> String? {
        guard text.utf8.count <= mostBytes else { return "must have at most \(mostBytes) bytes" }
        var scan = Scan()
        var number = 0
        for line in text.utf8.split(omittingEmptySubsequences: false, whereSeparator: isLineEnd) {
            number += 1
            if number > mostLines { return "must have at most \(mostLines) lines" }
            if let fault = scan.take(line) { return "\(fault) (line \(number))" }
        }
        scan.endBlock()
        if scan.closings * scan.longestDefinition > mostRepeatedBytes {
            return "has too many brackets for so long a definition of an address"
        }
        return nil
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 }

    /// What was seen of a text so far.
    private struct Scan {
        /// Closing brackets of the whole text.
        var closings = 0
        var longestDefinition = 0
        private var blockBytes = 0
        private var blockBrackets = 0
        private var blockDefines = false
        /// Of the table that the block may have, from its delimiter row on.
        private var columns = 0
        private var cells = 0

        mutating func take(_ line: Substring.UTF8View) -> String? {
            var brackets = 0
            var pipes = 0
            var word = 0
            var longest = 0
            var isBlank = true
            var last: UInt8 = 0
            for byte in line {
                switch byte {
                case UInt8(ascii: "["): brackets += 1
                case UInt8(ascii: "]"): closings += 1
                case UInt8(ascii: "|"): pipes += 1
                case UInt8(ascii: ":") where last == UInt8(ascii: "]"): blockDefines = true
                default: break
                }
                if byte == 32 || byte == 9 || byte >= 128 {
                    word = 0
                } else {
                    word += 1
                    longest = max(longest, word)
                }
                if byte != 32, byte != 9 { isBlank = false }
                last = byte
            }
            if longest > MarkdownBounds.longestWord {
                return "has a word of more than \(MarkdownBounds.longestWord) characters"
            }
            if pipes > MarkdownBounds.mostCellsOfRow {
                return "has a row of more than \(MarkdownBounds.mostCellsOfRow) cells"
            }
            let (depth, rest) = MarkdownBounds.nesting(of: line)
            if depth > MarkdownBounds.deepestNesting {
                return "nests more than \(MarkdownBounds.deepestNesting) quotes and lists"
            }
            if isBlank || (rest.isEmpty && depth > 0) {
                endBlock()
                return nil
            }
            blockBytes += line.count + 1
            blockBrackets += brackets
            if blockBrackets > MarkdownBounds.mostBrackets {
                return "has more than \(MarkdownBounds.mostBrackets) brackets in one paragraph"
            }
            return takeRow(rest, pipes)
        }

        private mutating func takeRow(_ rest: Substring.UTF8View, _ pipes: Int) -> String? {
            if MarkdownBounds.isDelimiterRow(rest) { columns = max(columns, pipes + 1) }
            cells += columns
            guard cells <= MarkdownBounds.mostCellsOfTable else {
                return "has a table of more than \(MarkdownBounds.mostCellsOfTable) cells"
            }
            return nil
        }

        mutating func endBlock() {
            if blockDefines { longestDefinition = max(longestDefinition, blockBytes) }
            blockBytes = 0
            blockBrackets = 0
            blockDefines = false
            columns = 0
        }
    }

    /// How many signs of quotes and lists a line begins with, and what follows them.
    private static func nesting(
        of line: Substring.UTF8View
    ) -> (depth: Int, rest: Substring.UTF8View) {
        var rest = line.drop { $0 == 32 || $0 == 9 }
        var depth = 0
        while let first = rest.first {
            var next = rest.dropFirst()
            switch first {
            case UInt8(ascii: ">"): break
            case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "*"):
                guard isGap(next) else { return (depth, rest) }
            case 48...57:
                next = next.drop { (48...57).contains($0) }
                guard next.first == UInt8(ascii: ".") || next.first == UInt8(ascii: ")") else {
                    return (depth, rest)
                }
                next = next.dropFirst()
                guard isGap(next) else { return (depth, rest) }
            default: return (depth, rest)
            }
            depth += 1
            rest = next.drop { $0 == 32 || $0 == 9 }
        }
        return (depth, rest)
    }

    private static func isGap(_ rest: Substring.UTF8View) -> Bool {
        rest.first.map { $0 == 32 || $0 == 9 } ?? true
    }

    /// Whether a line is the one below the heads of a table: `|---|:-:|`.
    private static func isDelimiterRow(_ line: Substring.UTF8View) -> Bool {
        var hasDash = false
        for byte in line {
            switch byte {
            case UInt8(ascii: "-"): hasDash = true
            case UInt8(ascii: "|"), UInt8(ascii: ":"), 32, 9: break
            default: return false
            }
        }
        return hasDash
    }
}
