import Testing

@Suite struct DocumentationTests {
    /// What a protocol of the standard library already explains.
    private static let witnesses: Set<String> = [
        "description", "debugDescription", "hash", "encode", "rawValue", "makeAsyncIterator",
        "next",
        "Element", "AsyncIterator", "Failure", "CodingKeys", "unownedExecutor", "allCases",
        "IntegerLiteralType", "StringLiteralType", "stringValue", "intValue",
        "makeIterator", "underestimatedCount", "customMirror", "StringInterpolation",
        "appendLiteral",
    ]
    /// What protocols of our own ask for, and explain.
    private static let requirements: Set<String> = {
        var names: Set<String> = []
        for source in Repository.sources(in: ["Shared"]) {
            var isInside = false
            for line in source.code {
                let words = line.split { !$0.isLetter && !$0.isNumber }.map(String.init)
                if line.hasPrefix("}") { isInside = false }
                if isInside,
                    let kind = words.firstIndex(where: {
                        ["func", "var", "associatedtype"].contains($0)
                    }), kind + 1 < words.count
                {
                    names.insert(words[kind + 1])
                }
                if words.contains("protocol"), !line.contains("}") { isInside = true }
            }
        }
        return names
    }()
    private static let kinds: Set<String> = [
        "func", "var", "let", "struct", "enum", "class", "actor", "protocol", "init", "subscript",
        "typealias",
    ]

    @Test func whatIsPublicIsDocumented() {
        for source in Repository.sources(in: ["Shared"]) {
            for (number, name) in undocumented(source) {
                Issue.record("\(source.path):\(number) \(name) has no documentation")
            }
        }
    }

    @Test func theScannerSeesWhatIsMissing() {
        let source = Source(
            path: "Shared/HTTP/A.swift",
            text: """
                /// Said.
                public struct A {
                    public let plain: Int
                    public var plainToo: Int { 1 }
                    public var unsaid: Int {
                        1
                    }
                    /// Said.
                    @discardableResult
                    public func said() {}
                    public static func == (a: A, b: A) -> Bool { true }
                    public init(from decoder: any Decoder) {}
                    public init() {}
                }
                public enum A {}
                """)
        #expect(undocumented(source).map(\.name) == ["unsaid", "A"])
    }

    private func undocumented(_ source: Source) -> [(line: Int, name: String)] {
        var found: [(line: Int, name: String)] = []
        for (number, line) in source.code.enumerated() {
            let words = words(line)
            guard let access = words.firstIndex(of: "public"), !words.contains("import"),
                let kind = words[access...].firstIndex(where: Self.kinds.contains),
                !words[..<kind].contains("extension")
            else { continue }
            let name = name(after: kind, words, line)
            if isExplainedElsewhere(name, words[kind], line, source) { continue }
            if !hasComment(above: number, source) { found.append((number + 1, name)) }
        }
        return found
    }

    private func words(_ line: String) -> [String] {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "@" }.map(String.init)
    }

    private func name(after kind: Int, _ words: [String], _ line: String) -> String {
        // `class func` and `class var` have their kind second.
        let kind =
            words[kind] == "class" && kind + 1 < words.count
                && Self.kinds.contains(words[kind + 1]) ? kind + 1 : kind
        if ["init", "subscript"].contains(words[kind]) { return words[kind] }
        return kind + 1 < words.count ? words[kind + 1] : words[kind]
    }

    private func isExplainedElsewhere(
        _ name: String, _ kind: String, _ line: String, _ source: Source
    ) -> Bool {
        if Self.witnesses.contains(name) || Self.requirements.contains(name) { return true }
        // Operators, and what the protocols of literals and coding ask for.
        let asked = [
            "func ==", "func <", "func +", "func -", "init(from decoder", "Literal value",
            "Literal elements",
        ]
        if asked.contains(where: line.contains) { return true }
        // Of an initialiser, a stored property and one of a single line, the name and the type that
        // they belong to may say everything.
        if kind == "init" || kind == "let" { return true }
        if kind == "var" && (!line.contains("{") || line.hasSuffix("}")) { return true }
        // Published events are described by `summary`; their fields are the vocabulary itself.
        return source.path.hasPrefix("Shared/EventTypes/")
            && ["let", "var", "init", "typealias"].contains(kind)
            || source.path.hasPrefix("Shared/EventTypes/") && source.path.hasSuffix("Events.swift")
            || source.path == "Shared/EventTypes/Identifier.swift" && name.hasSuffix("Tag")
    }

    private func hasComment(above number: Int, _ source: Source) -> Bool {
        var above = number - 1
        while above >= 0 {
            let line = source.lines[above].drop { $0 == " " }
            if line.hasPrefix("///") { return true }
            guard line.hasPrefix("@") || line.hasPrefix("//") else { return false }
            above -= 1
        }
        return false
    }
}
