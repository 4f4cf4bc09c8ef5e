/// A structured value such as `multipart/mixed; boundary="a b"` (RFC 2045 §5.1, RFC 2231).
struct HeaderValue: Equatable {
    /// What stands before the parameters, in lower case.
    private(set) var value = ""
    private var parameters: [String: String] = [:]

    init(parsing text: String) {
        var rest = text[...]
        value = Self.token(&rest, upTo: [";"]).lowercased()
        var sections: [(name: String, number: Int, isEncoded: Bool, text: String)] = []
        while !rest.isEmpty, sections.count < 100 {
            rest.removeFirst()
            let name = Self.token(&rest, upTo: ["=", ";"]).lowercased()
            guard rest.first == "=" else { continue }
            rest.removeFirst()
            let text = Self.text(&rest)
            let parts = name.split(separator: "*", omittingEmptySubsequences: false)
            guard let base = parts.first, !base.isEmpty else { continue }
            let number = parts.dropFirst().lazy.compactMap { Int($0) }.first ?? 0
            sections.append((String(base), number, parts.count > 1 && parts.last == "", text))
        }
        for name in Set(sections.map(\.name)) {
            let own = sections.filter { $0.name == name }.sorted { $0.number < $1.number }
            parameters[name] = Self.join(own.map { ($0.isEncoded, $0.text) })
        }
    }

    /// The parameter of that name, in lower case.
    subscript(name: String) -> String? { parameters[name] }

    /// Everything up to one of `ends`, without the white space around it.
    private static func token(_ rest: inout Substring, upTo ends: Set<Character>) -> String {
        let end = rest.firstIndex { ends.contains($0) } ?? rest.endIndex
        let token = rest[..<end].filter { $0 != " " && $0 != "\t" }
        rest = rest[end...]
        return String(token)
    }

    /// The value of a parameter, quoted or not, up to the next semicolon.
    private static func text(_ rest: inout Substring) -> String {
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        guard rest.first == "\"" else { return token(&rest, upTo: [";"]) }
        rest.removeFirst()
        var text = ""
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", let escaped = rest.popFirst() {
                text.append(escaped)
            } else {
                text.append(character)
            }
        }
        _ = token(&rest, upTo: [";"])
        return text
    }

    /// Puts sections together; the first of encoded ones names the charset: `utf-8''gr%C3%BC`.
    private static func join(_ sections: [(isEncoded: Bool, text: String)]) -> String {
        var charset = "utf-8"
        var bytes: [UInt8] = []
        for (index, section) in sections.enumerated() {
            guard section.isEncoded else {
                bytes += Array(section.text.utf8)
                continue
            }
            var text = section.text[...]
            if index == 0 {
                let parts = text.split(
                    separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
                if parts.count == 3 {
                    charset = String(parts[0])
                    text = parts[2]
                }
            }
            bytes += percentDecoded(text)
        }
        let isEncoded = sections.contains { $0.isEncoded }
        if isEncoded { return MailCharset.decode(bytes[...], charset) }
        return EncodedWords.decode(String(decoding: bytes, as: UTF8.self))
    }

    private static func percentDecoded(_ text: Substring) -> [UInt8] {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = TransferCoding.hex(bytes[index + 1], bytes[index + 2])
            {
                result.append(value)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}
