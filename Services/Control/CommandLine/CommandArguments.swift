/// The arguments of one command, held to its syntax.
struct CommandArguments: Sendable, Equatable {
    private(set) var operands: [String] = []
    private var values: [String: String] = [:]

    /// - Throws: `CommandLineError` with one sentence.
    init(_ arguments: [String], for syntax: CommandSyntax) throws(CommandLineError) {
        var rest = arguments[...]
        if syntax.takesAnything {
            operands = arguments
            rest = []
        }
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else {
                if argument.hasPrefix("-"), argument.count > 1 {
                    throw CommandLineError("souk \(syntax.name) has no option \(argument).")
                }
                operands.append(argument)
                continue
            }
            let parts = argument.dropFirst(2).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = syntax.options.first(where: { $0.name == name }) else {
                throw CommandLineError("souk \(syntax.name) has no option --\(name).")
            }
            guard values[name] == nil else {
                throw CommandLineError("--\(name) is given twice.")
            }
            if let placeholder = option.value {
                let inline = parts.count == 2 ? String(parts[1]) : nil
                guard let value = inline ?? rest.popFirst(), !value.isEmpty else {
                    throw CommandLineError("--\(name) needs a value: --\(name) \(placeholder).")
                }
                values[name] = value
            } else {
                guard parts.count == 1 else {
                    throw CommandLineError("--\(name) takes no value.")
                }
                values[name] = ""
            }
        }
        guard syntax.operandCount.contains(operands.count) else {
            let usage = syntax.operands.isEmpty ? "no arguments" : syntax.operands
            throw CommandLineError("souk \(syntax.name) takes \(usage).")
        }
    }

    /// Whether the option is there.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The option's value.
    subscript(name: String) -> String? { values[name] }

    /// The option's value as a number within `range`.
    func integer(
        _ name: String, in range: ClosedRange<Int>
    ) throws(CommandLineError) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw CommandLineError(
                "--\(name) is \"\(text)\": it must be a whole number from \(range.lowerBound) "
                    + "to \(range.upperBound).")
        }
        return number
    }
}

/// A command line that asks for something that does not exist: one sentence.
struct CommandLineError: Error, Equatable, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
