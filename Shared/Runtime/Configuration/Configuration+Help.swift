extension Configuration {
    /// The table of all settings for `--help`: name, default and meaning, at most `columns` wide.
    public static func help(_ keys: [AnyConfigurationKey], columns: Int = 100) -> String {
        let rows = keys.map { key in
            (name: key.name, value: defaultColumn(key), help: key.help)
        }
        let nameWidth = min(rows.map(\.name.count).max() ?? 0, columns / 2)
        let valueWidth = min(rows.map(\.value.count).max() ?? 0, 28)
        let indent = 2 + nameWidth + 2 + valueWidth + 2
        var text = ""
        for row in rows {
            let head = "  \(padded(row.name, nameWidth))  \(padded(row.value, valueWidth))  "
            let lines = wrapped(row.help, width: max(24, columns - indent))
            if head.count > indent {
                text += head + "\n" + String(repeating: " ", count: indent)
            } else {
                text += head
            }
            text += lines.joined(separator: "\n" + String(repeating: " ", count: indent)) + "\n"
        }
        return text
    }

    private static func defaultColumn(_ key: AnyConfigurationKey) -> String {
        if key.isRequired { return "(required)" }
        if key.defaultText.isEmpty { return "-" }
        return key.isSecret ? "(secret)" : key.defaultText
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = [""]
        for word in text.split(separator: " ") {
            if !lines[lines.count - 1].isEmpty && lines[lines.count - 1].count + word.count >= width
            {
                lines.append("")
            }
            lines[lines.count - 1] += lines[lines.count - 1].isEmpty ? "\(word)" : " \(word)"
        }
        return lines
    }
}
