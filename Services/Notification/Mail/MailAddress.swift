/// An address as SMTP commands and headers may carry it: printable ASCII without blanks, brackets
/// or quotes, one `@` with something on both sides. Nothing in it can end a line or a command.
struct MailAddress: Sendable, Hashable {
    let text: String

    var domain: Substring { text.drop { $0 != "@" }.dropFirst() }

    init?(_ text: String) {
        let forbidden = Set("<>()[],;:\\\" ".utf8)
        guard (3...254).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !forbidden.contains($0) })
        else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), parts[0].count <= 64,
            parts[0].first != UInt8(ascii: "-")
        else { return nil }
        self.text = text
    }
}

/// Who a message is from: a name for people and an address.
struct Mailbox: Sendable, Hashable {
    let name: String
    let address: MailAddress

    /// Reads `Souk <no-reply@souk.example>` or a bare address.
    init?(_ text: String) {
        guard text.hasSuffix(">"), let start = text.lastIndex(of: "<") else {
            guard let address = MailAddress(text) else { return nil }
            name = ""
            self.address = address
            return
        }
        let inside = text[text.index(after: start)...].dropLast()
        let outside = text[..<start].trimmed.unquoted
        guard let address = MailAddress(String(inside)), outside.utf8.count <= 200,
            !outside.contains(where: { "<>".contains($0) }),
            !outside.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        name = outside
        self.address = address
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return rest
    }

    /// Without the quotes around it.
    fileprivate var unquoted: String {
        guard count >= 2, first == "\"", last == "\"" else { return String(self) }
        return String(dropFirst().dropLast().filter { $0 != "\\" })
    }
}
