/// A text of JSON as it grows, and what closes the containers that are open in it.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    /// The innermost last.
    private var closers: [UInt8] = []

    init() { bytes.reserveCapacity(512) }

    var depth: Int { closers.count }

    // MARK: Containers

    /// Opens a container at `depth`, or continues the one that is open there.
    mutating func open(isObject: Bool, at depth: Int) {
        let closer = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        if closers.count > depth {
            close(downTo: depth + 1)
            precondition(closers[depth] == closer, "one value cannot be two containers")
            return
        }
        bytes.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
        closers.append(closer)
    }

    mutating func close(downTo depth: Int) {
        while closers.count > depth { bytes.append(closers.removeLast()) }
    }

    /// Gets ready for the next element of the array that is open as the `depth`-th container.
    mutating func element(of depth: Int) {
        close(downTo: depth)
        // No value ends with a byte that opens a container.
        if let last = bytes.last, last != UInt8(ascii: "["), last != UInt8(ascii: "{") {
            bytes.append(UInt8(ascii: ","))
        }
    }

    mutating func name(_ name: String, of depth: Int) {
        element(of: depth)
        append(quoted: name)
        bytes.append(UInt8(ascii: ":"))
    }

    // MARK: Values

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    mutating func append(quoted text: String) {
        var text = text
        text.withUTF8 { utf8 in
            bytes.append(UInt8(ascii: "\""))
            if Self.isPlain(utf8) {
                bytes.append(contentsOf: utf8)
            } else {
                for byte in utf8 { append(escaping: byte) }
            }
            bytes.append(UInt8(ascii: "\""))
        }
    }

    /// Appends in quotes what `write` leaves at the beginning of a place of so many bytes, of which
    /// it says how many it has used and none must be escaped.
    mutating func append(
        quotedUpTo limit: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int
    ) {
        bytes.append(UInt8(ascii: "\""))
        withUnsafeTemporaryAllocation(byteCount: limit, alignment: 1) { place in
            let count = write(place)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: place[..<count]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Looks at every byte, which goes many at a time, where an early end would go one by one.
    private static func isPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        var found: UInt8 = 0
        for byte in utf8 { found |= mustEscape(byte) ? 1 : 0 }
        return found == 0
    }

    private mutating func append(escaping byte: UInt8) {
        guard Self.mustEscape(byte) else { return bytes.append(byte) }
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            let digits: StaticString = "0123456789abcdef"
            append("u00")
            bytes.append(digits.utf8Start[Int(byte >> 4)])
            bytes.append(digits.utf8Start[Int(byte & 15)])
        }
    }
}
