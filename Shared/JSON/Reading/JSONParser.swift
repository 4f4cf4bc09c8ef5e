/// Turns a text into its tape, refusing whatever RFC 8259 does not allow.
struct JSONParser {
    private typealias Node = JSONDocument.Node

    private let bytes: UnsafeBufferPointer<UInt8>
    private let depthLimit: Int
    private var at = 0
    private var tape: [JSONDocument.Node] = []

    /// - Parameter bytes: outlive the parser.
    init(_ bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    mutating func parse() throws(JSONError) -> [JSONDocument.Node] {
        tape.reserveCapacity(min(bytes.count / 8 + 8, 4_096))
        skipSpace()
        try value(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw fault("Something follows the value") }
        return tape
    }

    private func fault(_ what: String) -> JSONError {
        JSONError(.malformed, pointer: "", message: "\(what), at byte \(at).")
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(JSONError) {
        guard at < bytes.count else { throw fault("The text ends too early") }
        switch bytes[at] {
        case UInt8(ascii: "{"): try object(depth: depth + 1)
        case UInt8(ascii: "["): try array(depth: depth + 1)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try literal("true", .yes)
        case UInt8(ascii: "f"): try literal("false", .no)
        case UInt8(ascii: "n"): try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw fault("This is not a JSON value")
        }
    }

    private mutating func append(_ kind: Node.Kind, _ start: Int, _ end: Int) {
        tape.append(
            Node(
                kind: kind, start: Int32(start), end: Int32(end), next: Int32(tape.count + 1)))
    }

    private mutating func literal(_ text: StaticString, _ kind: Node.Kind) throws(JSONError) {
        let count = text.utf8CodeUnitCount
        guard at + count <= bytes.count else { throw fault("This is not a JSON value") }
        for offset in 0..<count where bytes[at + offset] != text.utf8Start[offset] {
            throw fault("This is not a JSON value")
        }
        append(kind, at, at + count)
        at += count
    }

    private mutating func digits() -> Int {
        let start = at
        while at < bytes.count, bytes[at] &- 48 < 10 { at += 1 }
        return at - start
    }

    private mutating func number() throws(JSONError) {
        let start = at
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        let isZero = at < bytes.count && bytes[at] == UInt8(ascii: "0")
        let count = digits()
        guard count > 0, !(isZero && count > 1) else { throw fault("This is not a number") }
        var kind = Node.Kind.integer
        var isFinite = count < Self.finiteDigits
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            at += 1
            kind = .number
            guard digits() > 0 else { throw fault("This is not a number") }
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            kind = .number
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
                at += 1
            }
            guard digits() > 0 else { throw fault("This is not a number") }
            isFinite = false
        }
        if !isFinite { try checkSize(start) }
        append(kind, start, at)
    }

    /// Numbers of fewer digits, and without an exponent, have a place among those of 64 bits.
    private static let finiteDigits = 300

    /// Refuses what would be read as infinite, which nothing could write again.
    private func checkSize(_ start: Int) throws(JSONError) {
        let number = Double(String(decoding: bytes[start..<at], as: UTF8.self))
        guard number?.isFinite == true else { throw fault("A number is too large") }
    }

    private mutating func array(depth: Int) throws(JSONError) {
        guard depth <= depthLimit else { throw fault("More than \(depthLimit) levels are open") }
        let index = open(.array)
        var count: Int32 = 0
        skipSpace()
        if at < bytes.count, bytes[at] == UInt8(ascii: "]") {
            return close(index, count)
        }
        while true {
            skipSpace()
            try value(depth: depth)
            count += 1
            skipSpace()
            guard at < bytes.count else { throw fault("An array is not closed") }
            if bytes[at] == UInt8(ascii: "]") { return close(index, count) }
            guard bytes[at] == UInt8(ascii: ",") else { throw fault("A comma is missing") }
            at += 1
        }
    }

    private mutating func object(depth: Int) throws(JSONError) {
        guard depth <= depthLimit else { throw fault("More than \(depthLimit) levels are open") }
        let index = open(.object)
        var count: Int32 = 0
        skipSpace()
        if at < bytes.count, bytes[at] == UInt8(ascii: "}") {
            return close(index, count)
        }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
                throw fault("A member's name is missing")
            }
            try string()
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else {
                throw fault("A colon is missing")
            }
            at += 1
            skipSpace()
            try value(depth: depth)
            count += 1
            skipSpace()
            guard at < bytes.count else { throw fault("An object is not closed") }
            if bytes[at] == UInt8(ascii: "}") {
                try checkNames(of: index, count)
                return close(index, count)
            }
            guard bytes[at] == UInt8(ascii: ",") else { throw fault("A comma is missing") }
            at += 1
        }
    }

    private mutating func open(_ kind: Node.Kind) -> Int {
        append(kind, at, at)
        at += 1
        return tape.count - 1
    }

    private mutating func close(_ index: Int, _ count: Int32) {
        at += 1
        tape[index].end = Int32(at)
        tape[index].next = Int32(tape.count)
        tape[index].count = count
    }

    /// Objects of few members are compared pair by pair, which allocates nothing.
    private static let pairwiseLimit = 12

    private func checkNames(of index: Int, _ count: Int32) throws(JSONError) {
        guard count > 1 else { return }
        var hasEscape = false
        var at = index + 1
        for _ in 0..<count {
            hasEscape = hasEscape || tape[at].isEscaped
            at = Int(tape[at + 1].next)
        }
        if count <= Self.pairwiseLimit, !hasEscape { return try compareNames(of: index, count) }
        at = index + 1
        var seen = Set<String>()
        for _ in 0..<count {
            let name = Self.unescape(bytes, Int(tape[at].start), Int(tape[at].end))
            guard seen.insert(name).inserted else { throw duplicate(at) }
            at = Int(tape[at + 1].next)
        }
    }

    private func compareNames(of index: Int, _ count: Int32) throws(JSONError) {
        var second = index + 1
        for number in 1..<count {
            second = Int(tape[second + 1].next)
            var first = index + 1
            for _ in 0..<number {
                if isSame(tape[first], tape[second]) { throw duplicate(second) }
                first = Int(tape[first + 1].next)
            }
        }
    }

    private func isSame(_ left: Node, _ right: Node) -> Bool {
        let count = left.end - left.start
        guard right.end - right.start == count else { return false }
        for offset in 0..<Int(count)
        where bytes[Int(left.start) + offset] != bytes[Int(right.start) + offset] {
            return false
        }
        return true
    }

    private func duplicate(_ index: Int) -> JSONError {
        let node = tape[index]
        let name = Self.unescape(bytes, Int(node.start), Int(node.end))
        return JSONError(
            .malformed, pointer: JSONPointer.step(name), message: "A name occurs twice.")
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) {
        at += 1
        let start = at
        var isEscaped = false
        var isASCII = true
        while true {
            skipPlain()
            guard at < bytes.count else { throw fault("A string is not closed") }
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") { break }
            if byte < 0x20 { throw fault("A control character stands in a string") }
            if byte >= 0x80 { isASCII = false }
            at += 1
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                try escape()
            }
        }
        if !isASCII, String(validating: bytes[start..<at], as: UTF8.self) == nil {
            throw fault("A string is not valid UTF-8")
        }
        append(.string, start, at)
        tape[tape.count - 1].isEscaped = isEscaped
        at += 1
    }

    /// Goes on, eight bytes at a time, to where a string ends or has something to be looked at.
    private mutating func skipPlain() {
        let start = UnsafeRawPointer(bytes.baseAddress)
        while let start, at + 8 <= bytes.count {
            let word = UInt64(
                littleEndian: start.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let found = Self.special(word)
            if found != 0 {
                at += found.trailingZeroBitCount / 8
                return
            }
            at += 8
        }
    }

    /// The highest bit of each byte that is a quote, a backslash, a control character or beyond
    /// ASCII; behind the first of them others may be marked, too.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let (ones, highest): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let quote = (quotes &- ones) & ~quotes
        let backslash = (backslashes &- ones) & ~backslashes
        let control = (word &- ones &* 0x20) & ~word
        return (quote | backslash | control | word) & highest
    }

    private mutating func escape() throws(JSONError) {
        guard at < bytes.count else { throw fault("A string is not closed") }
        switch bytes[at] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 1
        case UInt8(ascii: "u"):
            at += 1
            let unit = try hexUnit()
            if (0xDC00...0xDFFF).contains(unit) { throw fault("Half a surrogate pair") }
            guard (0xD800...0xDBFF).contains(unit) else { return }
            guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
                bytes[at + 1] == UInt8(ascii: "u")
            else { throw fault("Half a surrogate pair") }
            at += 2
            guard (0xDC00...0xDFFF).contains(try hexUnit()) else {
                throw fault("Half a surrogate pair")
            }
        default: throw fault("There is no such escape")
        }
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        guard at + 4 <= bytes.count,
            let unit = Self.hexUnit(bytes, at)
        else {
            throw fault("Four hexadecimal digits are missing")
        }
        at += 4
        return unit
    }

    private static func hexUnit(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> UInt16? {
        var unit: UInt16 = 0
        for offset in 0..<4 {
            let digit: UInt8
            switch bytes[at + offset] {
            case let byte where byte &- 48 < 10: digit = byte - 48
            case let byte where (byte | 0x20) &- 97 < 6: digit = (byte | 0x20) - 87
            default: return nil
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// The text of a string that the parser has accepted.
    static func unescape(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(end - start)
        var at = start
        while at < end {
            guard bytes[at] == UInt8(ascii: "\\") else {
                result.append(bytes[at])
                at += 1
                continue
            }
            let kind = bytes[at + 1]
            at += 2
            switch kind {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var value = UInt32(hexUnit(bytes, at) ?? 0xFFFD)
                at += 4
                if (0xD800...0xDBFF).contains(value) {
                    let low = UInt32(hexUnit(bytes, at + 2) ?? 0xDC00)
                    value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
                    at += 6
                }
                result.append(contentsOf: String(UnicodeScalar(value) ?? "\u{FFFD}").utf8)
            default: result.append(kind)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
