/// Text of people's in headers (RFC 5322 §2.2, RFC 2047): ASCII as it stands, everything else as
/// encoded words, nothing that could end a line.
enum HeaderText {
    /// The longest encoded word.
    private static let wordLimit = 75
    private static let prefix = "=?utf-8?Q?"
    private static let suffix = "?="

    /// - Parameter indent: how much of the first line is taken by the header's name.
    static func encode(_ text: String, indent: Int) -> String {
        let text = text.onOneLine
        let isPlain =
            text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
            && text.utf8.count + indent <= 76
        return isPlain ? text : words(text, indent: indent).joined(separator: "\r\n ")
    }

    /// A name before an address: quoted where it is ASCII.
    static func phrase(_ text: String, indent: Int) -> String {
        let text = text.onOneLine
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), text.utf8.count <= 60 else {
            return words(text, indent: indent).joined(separator: "\r\n ")
        }
        let escaped = text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
        return "\"\(String(escaped))\""
    }

    /// Never cuts through a character.
    private static func words(_ text: String, indent: Int) -> [String] {
        var words: [String] = []
        var word = ""
        var room = wordLimit - prefix.count - suffix.count - indent
        for character in text {
            let code = character.utf8.map(encoded).joined()
            if code.count > room, !word.isEmpty {
                words.append(prefix + word + suffix)
                word = ""
                room = wordLimit - prefix.count - suffix.count
            }
            word += code
            room -= code.count
        }
        if !word.isEmpty { words.append(prefix + word + suffix) }
        return words
    }

    private static func encoded(_ byte: UInt8) -> String {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(UnicodeScalar(byte))
        case 0x20: "_"
        default: "=" + String(decoding: QuotedPrintable.hex(byte), as: UTF8.self)
        }
    }
}

extension String {
    /// The text without anything that breaks a line, controls a terminal, or turns the direction
    /// of what follows.
    var onOneLine: String {
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x202A...0x202E, 0x2066...0x2069: continue
            case 0x2028, 0x2029: result.append(" ")
            default:
                result.append(scalar.properties.generalCategory == .control ? " " : scalar)
            }
        }
        return String(result)
    }
}
