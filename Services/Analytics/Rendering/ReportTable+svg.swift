extension ReportTable {
    /// The most bars drawn; further rows are gathered into one.
    static let barLimit = 40

    /// A bar for each label, longest 520 units, as a picture that stands alone.
    var svg: String {
        let bars = bars
        let height = 70 + bars.count * 26 + 20
        let longest = max(1, bars.map(\.length).max() ?? 1)
        var body = ""
        for (index, bar) in bars.enumerated() {
            let y = 70 + index * 26
            let width = max(1, Int(max(0, bar.length) * 520 / longest))
            body += """
                <text x="190" y="\(y + 15)" text-anchor="end">\(Self.escaped(bar.label))</text>
                <rect x="200" y="\(y)" width="\(width)" height="20" rx="3"/>
                <text x="\(206 + width)" y="\(y + 15)" class="v">\(Self.escaped(bar.shown))</text>

                """
        }
        let title = Self.escaped(title)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 \(height)" role="img" \
            aria-label="\(title)">
            <style>svg{background:#fff;font:13px system-ui,"DejaVu Sans",sans-serif}\
            text{fill:#374151}.h{font-size:18px;font-weight:600;fill:#111827}\
            .v{fill:#6b7280}rect{fill:#2563eb}</style>
            <text x="20" y="32" class="h">\(title)</text>
            <text x="20" y="54" class="v">\(Self.escaped(columns[valueColumn].title))</text>
            \(body)</svg>

            """
    }

    private struct Bar {
        let label: String
        var length: Int64
        var shown: String
    }

    private var bars: [Bar] {
        let all = rows.map { row in
            Bar(
                label: row[labelColumn].shown, length: row[valueColumn].length,
                shown: row[valueColumn].shown)
        }
        guard all.count > Self.barLimit else { return all }
        let rest = all.count - Self.barLimit + 1
        return Array(all.suffix(Self.barLimit - 1))
            + [Bar(label: "(\(rest) earlier rows)", length: 0, shown: "in the table")]
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
