internal import EventTypes
internal import HTTP

extension ReportTable {
    /// The most bars drawn; earlier rows are gathered into one line.
    static let barLimit = 40

    private static let left = 256
    private static let longest: Int64 = 460
    private static let labelLimit = 32

    /// A bar for each row, as a picture that stands alone on light and dark pages. Bars of one
    /// currency share a scale and a colour: amounts of different ones do not compare.
    var svg: String {
        let bars = bars
        let height = 84 + max(1, bars.count) * 30 + 16
        let title = MarkupText.escape(title)
        var body = ""
        for (index, bar) in bars.enumerated() { body += draw(bar, at: 84 + index * 30) }
        if bars.isEmpty {
            body = "<text x=\"24\" y=\"100\" class=\"v\">Nothing in this time.</text>\n"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 \(height)" width="900" \
            height="\(height)" role="img" aria-label="\(title)">
            <style>\(Self.style)</style>
            <rect class="page" width="900" height="\(height)" rx="10"/>
            <text x="24" y="38" class="h">\(title)</text>
            <text x="24" y="60" class="v">\(MarkupText.escape(columns[valueColumn].title))</text>
            \(body)</svg>

            """
    }

    private static let style = """
        text{font:13px system-ui,"DejaVu Sans",sans-serif;fill:#374151}\
        .h{font-size:19px;font-weight:600;fill:#111827}.v{fill:#6b7280}\
        .page{fill:#fff}.rail{fill:#f3f4f6}\
        .c0{fill:#2563eb}.c1{fill:#0d9488}.c2{fill:#d97706}.c3{fill:#7c3aed}\
        @media(prefers-color-scheme:dark){text{fill:#d1d5db}.h{fill:#f9fafb}.v{fill:#9ca3af}\
        .page{fill:#111827}.rail{fill:#1f2937}}
        """

    private func draw(_ bar: Bar, at y: Int) -> String {
        let label = MarkupText.escape(bar.label)
        if bar.share == nil {
            return "<text x=\"\(Self.left - 12)\" y=\"\(y + 15)\" text-anchor=\"end\" class=\"v\">"
                + "\(label)</text>\n"
        }
        let width = bar.share ?? 0
        return """
            <text x="\(Self.left - 12)" y="\(y + 15)" text-anchor="end">\(label)</text>
            <rect x="\(Self.left)" y="\(y)" width="\(Self.longest)" height="20" rx="4" \
            class="rail"/>
            <rect x="\(Self.left)" y="\(y)" width="\(width)" height="20" rx="4" \
            class="c\(bar.colour)"/>
            <text x="\(Self.left + Int(Self.longest) + 12)" y="\(y + 15)" class="v">\
            \(MarkupText.escape(bar.shown))</text>

            """
    }

    private struct Bar {
        let label: String
        /// How long it is; nil for a line of words.
        let share: Int64?
        let colour: Int
        let shown: String
    }

    private var bars: [Bar] {
        let shown = rows.count > Self.barLimit ? rows.suffix(Self.barLimit - 1) : rows[...]
        var scales: [String: Int64] = [:]
        for row in shown {
            let cell = row[valueColumn]
            scales[cell.unit] = max(scales[cell.unit] ?? 1, cell.length)
        }
        let units = scales.keys.sorted()
        var bars = shown.map { row in
            let cell = row[valueColumn]
            let share = Double(max(0, cell.length)) / Double(scales[cell.unit] ?? 1)
            return Bar(
                label: label(row), share: Int64(share * Double(Self.longest)),
                colour: (units.firstIndex(of: cell.unit) ?? 0) % 4,
                shown: cell.shown + (noteColumn.map { "  (\(row[$0].shown))" } ?? ""))
        }
        if shown.count < rows.count {
            let rest = "\(rows.count - shown.count) earlier rows are in the table"
            bars.insert(Bar(label: rest, share: nil, colour: 0, shown: ""), at: 0)
        }
        return bars
    }

    private func label(_ row: [Cell]) -> String {
        let words = [labelColumn, secondLabelColumn].compactMap { $0.map { row[$0].shown } }
        let text = words.joined(separator: "  ").replacing("_", with: " ")
        return text.count > Self.labelLimit ? text.prefix(Self.labelLimit - 1) + "…" : text
    }
}

extension ReportTable.Cell {
    /// What its length is measured in.
    fileprivate var unit: String {
        if case .money(let money) = self { money.currency.code } else { "" }
    }
}
