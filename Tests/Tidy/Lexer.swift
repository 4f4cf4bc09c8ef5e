/// Tells code from comments and strings, as far as the tidiness rules need it. Line breaks stay, so
/// that line numbers agree.
struct Lexer {
    /// The text with comments and the contents of strings left out.
    private(set) var code = ""
    /// The text with only the contents of strings, interpolations included, left out.
    private(set) var withoutStrings = ""

    private enum Context {
        /// Code; `parentheses` counts those open inside an interpolation.
        case code(parentheses: Int)
        case string(hashes: Int, isMultiline: Bool)
    }

    private let characters: [UInt8]
    private var index = 0
    private var stack: [Context] = [.code(parentheses: 0)]
    private var codeBytes: [UInt8] = []
    private var keptBytes: [UInt8] = []

    init(_ text: String) {
        characters = Array(text.utf8)
        while index < characters.count { step() }
        code = String(decoding: codeBytes, as: UTF8.self)
        withoutStrings = String(decoding: keptBytes, as: UTF8.self)
    }

    private mutating func step() {
        switch stack[stack.count - 1] {
        case .code(let parentheses): stepInCode(parentheses)
        case .string(let hashes, let isMultiline): stepInString(hashes, isMultiline)
        }
    }

    private mutating func stepInCode(_ parentheses: Int) {
        if starts("//") { return lineComment() }
        if starts("/*") { return blockComment() }
        if let (hashes, isMultiline) = openingQuote() {
            keep(hashes + (isMultiline ? 3 : 1))
            stack.append(.string(hashes: hashes, isMultiline: isMultiline))
            return
        }
        let character = characters[index]
        if stack.count > 1, character == UInt8(ascii: "(") {
            stack[stack.count - 1] = .code(parentheses: parentheses + 1)
        } else if stack.count > 1, character == UInt8(ascii: ")") {
            if parentheses == 0 {
                stack.removeLast()
            } else {
                stack[stack.count - 1] = .code(parentheses: parentheses - 1)
            }
        }
        keep(1)
    }

    private mutating func stepInString(_ hashes: Int, _ isMultiline: Bool) {
        let fence = String(repeating: "#", count: hashes)
        if starts((isMultiline ? "\"\"\"" : "\"") + fence) {
            keep((isMultiline ? 3 : 1) + hashes)
            stack.removeLast()
        } else if starts("\\" + fence + "(") {
            index += 1 + hashes
            keep(1)
            stack.append(.code(parentheses: 0))
        } else if starts("\\" + fence) {
            index += min(2 + hashes, characters.count - index)
        } else if characters[index] == UInt8(ascii: "\n") {
            keep(1)
            if !isMultiline { stack.removeLast() }
        } else {
            index += 1
        }
    }

    private func openingQuote() -> (hashes: Int, isMultiline: Bool)? {
        var hashes = 0
        while index + hashes < characters.count, characters[index + hashes] == UInt8(ascii: "#") {
            hashes += 1
        }
        guard starts("\"", at: index + hashes) else { return nil }
        return (hashes, starts("\"\"\"", at: index + hashes))
    }

    private mutating func lineComment() {
        while index < characters.count, characters[index] != UInt8(ascii: "\n") {
            keptBytes.append(characters[index])
            index += 1
        }
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                index += 2
            } else if starts("*/") {
                depth -= 1
                index += 2
            } else if characters[index] == UInt8(ascii: "\n") {
                keep(1)
            } else {
                keptBytes.append(characters[index])
                index += 1
            }
        } while depth > 0 && index < characters.count
    }

    private mutating func keep(_ count: Int) {
        codeBytes += characters[index..<index + count]
        if stack.count == 1 || characters[index] == UInt8(ascii: "\n") {
            keptBytes += characters[index..<index + count]
        }
        index += count
    }

    private func starts(_ text: String, at position: Int? = nil) -> Bool {
        characters[min(position ?? index, characters.count)...].starts(with: text.utf8)
    }
}
