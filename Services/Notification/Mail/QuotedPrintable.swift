/// Text in lines of at most 76 ASCII characters (RFC 2045 §6.7).
enum QuotedPrintable {
    private static let lineLimit = 76

    /// - Parameter text: with line breaks of any kind; they become CRLF.
    static func encode(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + text.utf8.count / 8)
        for line in lines(text) {
            encode(line, into: &output)
            output += [0x0D, 0x0A]
        }
        return output
    }

    private static func lines(_ text: String) -> [ArraySlice<UInt8>] {
        let bytes = Array(text.utf8)
        var unified: [UInt8] = []
        unified.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x0D {
                unified.append(0x0A)
                if index + 1 < bytes.count, bytes[index + 1] == 0x0A { index += 1 }
            } else {
                unified.append(bytes[index])
            }
            index += 1
        }
        if unified.last == 0x0A { unified.removeLast() }
        return unified.split(separator: 0x0A, omittingEmptySubsequences: false)
    }

    private static func encode(_ line: ArraySlice<UInt8>, into output: inout [UInt8]) {
        var column = 0
        for (offset, byte) in line.enumerated() {
            let isLast = offset == line.count - 1
            let word = word(byte, isLast: isLast)
            // One column stays free for the sign that the line goes on.
            if column + word.count > (isLast ? lineLimit : lineLimit - 1) {
                output += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
            }
            output += word
            column += word.count
        }
    }

    private static func word(_ byte: UInt8, isLast: Bool) -> [UInt8] {
        let isBlank = byte == 0x20 || byte == 0x09
        let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
        if isPlain || isBlank && !isLast { return [byte] }
        return [UInt8(ascii: "=")] + hex(byte)
    }

    static func hex(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
