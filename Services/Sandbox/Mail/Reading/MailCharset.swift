/// From bytes of a charset to text. What is not known is read as UTF-8, and what is not UTF-8 is
/// shown as replacement characters.
enum MailCharset {
    static func decode(_ bytes: ArraySlice<UInt8>, _ name: String) -> String {
        switch name.lowercased() {
        case "iso-8859-1", "latin1", "iso_8859-1", "windows-1252", "cp1252": western(bytes)
        case "iso-8859-15", "latin-9", "latin9": latin9(bytes)
        default: String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Windows-1252, which is also what is meant by ISO 8859-1 (as on the web).
    private static func western(_ bytes: ArraySlice<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes {
            let isSpecial = (0x80...0x9F).contains(byte)
            text.append(isSpecial ? specials[Int(byte) - 0x80] : Unicode.Scalar(byte))
        }
        return String(text)
    }

    private static func latin9(_ bytes: ArraySlice<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for byte in bytes {
            switch byte {
            case 0xA4: text.append("€")
            case 0xA6: text.append("Š")
            case 0xA8: text.append("š")
            case 0xB4: text.append("Ž")
            case 0xB8: text.append("ž")
            case 0xBC: text.append("Œ")
            case 0xBD: text.append("œ")
            case 0xBE: text.append("Ÿ")
            default: text.append(Unicode.Scalar(byte))
            }
        }
        return String(text)
    }

    /// 0x80 to 0x9F of Windows-1252.
    private static let specials = Array(
        "€\u{FFFD}‚ƒ„…†‡ˆ‰Š‹Œ\u{FFFD}Ž\u{FFFD}\u{FFFD}‘’“”•–—˜™š›œ\u{FFFD}žŸ".unicodeScalars)
}
