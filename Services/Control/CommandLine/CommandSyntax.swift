/// What one command of `souk` takes, and the help that teaches it.
struct CommandSyntax: Sendable {
    /// An option: `--name` alone, or `--name VALUE`.
    struct Option: Sendable {
        let name: String
        /// What stands for its value in the help; nil for one without a value.
        var value: String?
        let help: String
    }

    let name: String
    /// One line for the list of commands.
    let summary: String
    /// What may stand after the command besides options, as `[ADDRESS]`.
    var operands = ""
    /// How many of them there may be.
    var operandCount = 0...0
    /// Whether everything after the command is an operand, options of others included.
    var takesAnything = false
    var options: [Option] = []
    /// Paragraphs and examples below the options.
    var details = ""

    /// The whole text of `--help`.
    var help: String {
        var text = "souk \(name): \(summary)\n\nUsage: souk \(name)"
        if !operands.isEmpty { text += " \(operands)" }
        if !options.isEmpty { text += " [OPTIONS]" }
        text += "\n"
        let rows =
            (options + [Option(name: "help", help: "Show this text.")]).map {
                ("--\($0.name)" + ($0.value.map { " \($0)" } ?? ""), $0.help)
            }
        let width = rows.map(\.0.count).max() ?? 0
        text += "\nOptions:\n"
        for (left, right) in rows {
            text += "  \(left)\(String(repeating: " ", count: width - left.count))  \(right)\n"
        }
        if !details.isEmpty { text += "\n\(details)\n" }
        return text
    }
}
