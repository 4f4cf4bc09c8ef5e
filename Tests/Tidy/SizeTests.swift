import Testing

@Suite struct SizeTests {
    private static let fileLimit = 600
    private static let functionLimit = 70
    private static let columnLimit = 100

    /// Functions that may be longer, each with the reason.
    private static let longFunctions: [String: String] = [:]

    private static let sources = Repository.sources(in: [
        "Package.swift", "Shared", "Services", "Tests",
    ])

    @Test func filesCanBeReadInOneSitting() {
        for source in Self.sources {
            #expect(
                source.lines.count <= Self.fileLimit + 1,
                "\(source.path) has \(source.lines.count - 1) lines")
        }
    }

    @Test func functionsFitOnAScreen() {
        for source in Self.sources {
            for function in functions(of: source) where function.length > Self.functionLimit {
                let name = "\(source.path) \(function.name)"
                #expect(
                    Self.longFunctions[name] != nil,
                    "\(source.path):\(function.line) \(function.name) has \(function.length) lines"
                )
            }
        }
    }

    @Test func linesFitTheScreen() {
        for source in Self.sources {
            for (number, line) in source.withoutStrings.enumerated() {
                // The text of a string, such as a sentence for people, may run on.
                if line.count > Self.columnLimit {
                    Issue.record("\(source.path):\(number + 1) has \(line.count) columns")
                }
            }
        }
    }

    @Test func theScannerSeesLongFunctions() {
        let body = Array(repeating: "    print()", count: 80).joined(separator: "\n")
        let source = Source(path: "a", text: "struct A {\n  func long() {\n\(body)\n  }\n}\n")
        #expect(functions(of: source).map(\.length) == [82])
        #expect(functions(of: source).map(\.name) == ["long"])
    }

    private struct Function {
        let name: String
        let line: Int
        let length: Int
    }

    /// The functions and initialisers of a file, from the line of their name to their last brace.
    private func functions(of source: Source) -> [Function] {
        var found: [Function] = []
        var open: [(name: String, line: Int, depth: Int)] = []
        var waiting: (name: String, line: Int)?
        var depth = 0
        for (number, line) in source.code.enumerated() {
            if waiting == nil, let name = declaredFunction(line) { waiting = (name, number + 1) }
            for character in line {
                if character == "{" {
                    if let function = waiting {
                        open.append((function.name, function.line, depth))
                        waiting = nil
                    }
                    depth += 1
                } else if character == "}" {
                    depth -= 1
                    if let last = open.last, last.depth == depth {
                        open.removeLast()
                        let length = number + 2 - last.line
                        found.append(Function(name: last.name, line: last.line, length: length))
                    }
                }
            }
            // A requirement of a protocol has no body: the next declaration starts afresh.
            if waiting != nil, line.allSatisfy(\.isWhitespace) { waiting = nil }
        }
        return found
    }

    private func declaredFunction(_ line: String) -> String? {
        let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
        if let index = words.firstIndex(of: "func"), index + 1 < words.count {
            return words[index + 1]
        }
        let trimmed = line.drop { $0 == " " }
        let starts = ["init(", "init?(", "public init(", "public init?(", "deinit {"]
        return starts.contains { trimmed.hasPrefix($0) } ? "init" : nil
    }
}
