/// Undoes the encoded words of header fields (RFC 2047): `=?utf-8?Q?Gr=C3=BC=C3=9Fe?=`.
enum EncodedWords {
    private struct Word {
        let charset: String
        let bytes: [UInt8]
    }

    /// Words that are none stay as they are. A character may be split between adjacent words.
    static func decode(_ text: String) -> String {
        guard text.contains("=?") else { return text }
        var result = ""
        var open: Word?
        /// White space after an encoded word, which counts only if no other one follows.
        var space = ""
        func close() {
            if let open { result += MailCharset.decode(open.bytes[...], open.charset) }
            open = nil
            result += space
            space = ""
        }
        var rest = text[...]
        while !rest.isEmpty {
            if let (word, after) = word(rest) {
                if let last = open, last.charset == word.charset {
                    open = Word(charset: word.charset, bytes: last.bytes + word.bytes)
                } else {
                    if open != nil { space = "" }
                    close()
                    open = word
                }
                space = ""
                rest = after
                continue
            }
            let character = rest.removeFirst()
            if character == " " || character == "\t", open != nil {
                space.append(character)
            } else {
                close()
                result.append(character)
            }
        }
        close()
        return result
    }

    private static func word(_ text: Substring) -> (Word, rest: Substring)? {
        guard text.hasPrefix("=?") else { return nil }
        var rest = text.dropFirst(2)
        guard let charset = part(&rest), let coding = part(&rest), !charset.isEmpty,
            let end = rest.utf8.firstIndex(of: UInt8(ascii: "?")),
            rest[end...].hasPrefix("?=")
        else { return nil }
        let encoded = rest[..<end]
        guard !encoded.contains(" ") else { return nil }
        let bytes: [UInt8]
        switch coding.lowercased() {
        case "b": bytes = TransferCoding.base64(Array(encoded.utf8)[...])
        case "q":
            let spaced = encoded.utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: " ") : $0 }
            // A word has one line, at whose end a space may stand for itself.
            bytes = Array(
                TransferCoding.quotedPrintable((spaced + [UInt8(ascii: "|")])[...]).dropLast())
        default: return nil
        }
        // A language may follow the charset (RFC 2231 §5).
        let name = charset.split(separator: "*").first.map { $0.lowercased() } ?? ""
        return (Word(charset: name, bytes: bytes), rest[end...].dropFirst(2))
    }

    /// What stands before the next question mark.
    private static func part(_ rest: inout Substring) -> Substring? {
        guard let end = rest.firstIndex(of: "?") else { return nil }
        let part = rest[..<end]
        guard part.utf8.count <= 40, !part.contains(" ") else { return nil }
        rest = rest[rest.index(after: end)...]
        return part
    }
}
