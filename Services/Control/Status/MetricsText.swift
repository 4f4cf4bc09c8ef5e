/// The measurements of a program, as its `/metrics` shows them (Prometheus' text format 0.0.4).
struct MetricsText: Sendable {
    private let series: [String: Double]

    init(_ text: String) {
        var series: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            // The value stands behind the last space; labels may hold spaces.
            guard let space = line.lastIndex(of: " "),
                let value = Double(line[line.index(after: space)...])
            else { continue }
            series[String(line[..<space])] = value
        }
        self.series = series
    }

    /// The largest of a family's series; nil when there is none.
    func worst(_ name: String) -> Double? {
        series.filter { $0.key == name || $0.key.hasPrefix(name + "{") }.values.max()
    }
}
