/// Reads the paths of MAIL and RCPT (RFC 5321 §4.1.2, RFC 6531 §3.3).
enum SMTPAddress {
    static let longestLocalPart = 64
    static let longestDomain = 255

    /// A path in angle brackets at the start of `text`, and what follows it; nil when there is
    /// none. The address is empty for `<>`; a source route is skipped.
    static func path(_ text: Substring) -> (address: Substring, rest: Substring)? {
        guard text.first == "<" else { return nil }
        var isQuoted = false
        var isEscaped = false
        for index in text.indices.dropFirst() {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = isQuoted
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == ">", !isQuoted {
                var address = text[text.index(after: text.startIndex)..<index]
                if address.first == "@" {
                    guard let colon = address.firstIndex(of: ":") else { return nil }
                    address = address[address.index(after: colon)...]
                }
                return (address, text[text.index(after: index)...])
            }
        }
        return nil
    }

    /// Whether `text` is `local@domain` in a form that mail may be sent to.
    static func isMailbox(_ text: Substring, allowsUTF8: Bool) -> Bool {
        guard let at = text.lastIndex(of: "@") else { return false }
        let local = text[..<at]
        let domain = text[text.index(after: at)...]
        return isLocalPart(local, allowsUTF8) && isDomain(domain, allowsUTF8)
    }

    private static func isLocalPart(_ text: Substring, _ allowsUTF8: Bool) -> Bool {
        guard (1...longestLocalPart).contains(text.utf8.count) else { return false }
        if text.first == "\"" { return isQuotedString(text, allowsUTF8) }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.unicodeScalars.allSatisfy { isAtomText($0, allowsUTF8) }
        }
    }

    private static func isQuotedString(_ text: Substring, _ allowsUTF8: Bool) -> Bool {
        guard text.utf8.count >= 2, text.last == "\"" else { return false }
        var isEscaped = false
        for scalar in text.unicodeScalars.dropFirst().dropLast() {
            guard (0x20...0x7E).contains(scalar.value) || allowsUTF8 && scalar.value >= 0xA0
            else { return false }
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                return false
            }
        }
        return !isEscaped
    }

    private static func isAtomText(_ scalar: Unicode.Scalar, _ allowsUTF8: Bool) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        case "!", "#", "$", "%", "&", "'", "*", "+", "-", "/", "=", "?", "^", "_", "`", "{", "|",
            "}", "~":
            true
        default: allowsUTF8 && scalar.value >= 0xA0
        }
    }

    /// A name of labels, or an address literal in brackets.
    static func isDomain(_ text: Substring, _ allowsUTF8: Bool) -> Bool {
        guard (1...longestDomain).contains(text.utf8.count) else { return false }
        if text.first == "[" {
            return text.last == "]" && text.utf8.count > 2
                && text.dropFirst().dropLast().utf8.allSatisfy {
                    (0x21...0x7E).contains($0) && !(0x5B...0x5D).contains($0)
                }
        }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.unicodeScalars.allSatisfy { scalar in
                    switch scalar {
                    case "a"..."z", "A"..."Z", "0"..."9", "-": true
                    default: allowsUTF8 && scalar.value >= 0xA0
                    }
                }
        }
    }
}
