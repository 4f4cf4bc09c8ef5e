/// The texts about one kind of thing, read from a file of this form:
///
///     title: Your order is paid
///     content: Order {{order_id}} is paid.
///     subject: Your order {{order_id}} is paid
///     --- text
///     …
///     --- html
///     …
///
/// Those that are never shown in the app have no title and no content.
struct Template: Sendable {
    let title: TemplatePattern?
    let content: TemplatePattern?
    let subject: TemplatePattern?
    let text: TemplatePattern
    let html: TemplatePattern

    /// - Parameter allowed: the placeholders that there may be.
    init(_ source: String, allowed: Set<String>) throws(TemplateFault) {
        let file = try TemplateFile(source)
        title = try Self.line(file.lines["title"])
        content = try Self.line(file.lines["content"])
        subject = try Self.line(file.lines["subject"])
        guard let text = file.sections["text"], let html = file.sections["html"] else {
            throw TemplateFault("there must be sections text and html")
        }
        self.text = try TemplatePattern(text, .text)
        self.html = try TemplatePattern(html, .html)
        for pattern in [title, content, subject, self.text, self.html] {
            for name in (pattern?.names ?? []).sorted() where !allowed.contains(name) {
                throw TemplateFault("the placeholder {{\(name)}} is not known here")
            }
        }
    }

    private static func line(_ text: String?) throws(TemplateFault) -> TemplatePattern? {
        guard let text else { return nil }
        return try TemplatePattern(text, .line)
    }
}

/// The parts of a template's file.
struct TemplateFile {
    private(set) var lines: [String: String] = [:]
    private(set) var sections: [String: String] = [:]

    private static let known: Set<String> = ["title", "content", "subject"]

    init(_ source: String) throws(TemplateFault) {
        var section: String?
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("--- ") {
                let name = String(line.dropFirst(4))
                guard name == "text" || name == "html", sections[name] == nil else {
                    throw TemplateFault("section \(name) is unknown or there twice")
                }
                section = name
                sections[name] = ""
            } else if let section {
                sections[section]?.append("\(line)\n")
            } else if !line.isEmpty {
                try add(line)
            }
        }
        for (name, text) in sections {
            guard text.contains(where: { !$0.isWhitespace }) else {
                throw TemplateFault("section \(name) is empty")
            }
        }
    }

    private mutating func add(_ line: Substring) throws(TemplateFault) {
        guard let colon = line.firstRange(of: ": ") else {
            throw TemplateFault("the line \"\(line)\" has no name")
        }
        let name = String(line[..<colon.lowerBound])
        guard Self.known.contains(name), lines[name] == nil else {
            throw TemplateFault("the line \(name) is unknown or there twice")
        }
        lines[name] = String(line[colon.upperBound...])
    }
}
