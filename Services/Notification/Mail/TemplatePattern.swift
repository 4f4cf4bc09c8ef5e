internal import HTTP

/// Text with gaps: `Order {{order_id}} is paid`. Whatever fills a gap is made harmless for the
/// place where it stands.
struct TemplatePattern: Sendable {
    /// What a pattern makes, which decides how values are made harmless.
    enum Medium: Sendable {
        /// One line, such as a subject.
        case line
        /// Lines of plain text.
        case text
        case html
    }

    private enum Part: Sendable {
        case literal(String)
        case gap(String)
    }

    /// The names that may stand inside a tag of HTML, because they are the platform's own.
    static let trusted: Set<String> = ["platform_url"]
    /// The names of whole texts that are put in as they stand.
    static let inclusions: Set<String> = ["body"]

    private let parts: [Part]
    private let medium: Medium

    /// The names of the gaps.
    var names: Set<String> {
        Set(parts.compactMap { if case .gap(let name) = $0 { name } else { nil } })
    }

    /// - Throws: `TemplateFault` for braces that are no gap and gaps where none may be.
    init(_ text: String, _ medium: Medium) throws(TemplateFault) {
        self.medium = medium
        var parts: [Part] = []
        var rest = Substring(text)
        var isInTag = false
        while let start = rest.firstRange(of: "{{") {
            let literal = rest[..<start.lowerBound]
            try Self.check(literal)
            Self.follow(literal, &isInTag)
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: "}}") else {
                throw TemplateFault("{{ is never closed")
            }
            let name = String(rest[..<end.lowerBound])
            rest = rest[end.upperBound...]
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isOfName) else {
                throw TemplateFault("{{\(name)}} is no placeholder")
            }
            if medium == .html, isInTag, !Self.trusted.contains(name) {
                throw TemplateFault("{{\(name)}} stands inside a tag")
            }
            parts += [.literal(String(literal)), .gap(name)]
        }
        try Self.check(rest)
        parts.append(.literal(String(rest)))
        self.parts = parts
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
    }

    private static func check(_ literal: Substring) throws(TemplateFault) {
        if literal.contains("}}") { throw TemplateFault("}} closes nothing") }
    }

    private static func follow(_ literal: Substring, _ isInTag: inout Bool) {
        for byte in literal.utf8 {
            if byte == UInt8(ascii: "<") { isInTag = true }
            if byte == UInt8(ascii: ">") { isInTag = false }
        }
    }

    /// - Throws: `TemplateFault` when there is no value for a gap.
    func fill(_ values: [String: String]) throws(TemplateFault) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .literal(let text): result += text
            case .gap(let name):
                guard let value = values[name] else {
                    throw TemplateFault("there is no value for {{\(name)}}")
                }
                result += Self.inclusions.contains(name) ? value : Self.harmless(value, medium)
            }
        }
        return medium == .line ? result.onOneLine : result
    }

    private static func harmless(_ value: String, _ medium: Medium) -> String {
        let line = value.onOneLine
        return medium == .html ? MarkupText.escape(line) : line
    }
}

/// What is wrong with a template, or with what it is filled with.
struct TemplateFault: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
