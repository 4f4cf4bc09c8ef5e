internal import HTTP

/// Whether a client would rather have a page or JSON, by its `Accept` (RFC 9110 §12.5.1).
struct MediaPreference {
    private var weights: [String: Double] = [:]

    init(_ headers: HTTPHeaders) {
        for element in headers.list("Accept").prefix(32) {
            let parts = element.lowercased().split(separator: ";").map { part in
                String(part.filter { $0 != " " && $0 != "\t" })
            }
            guard let range = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { $0.dropFirst(2) }
            weights[range] = weight.map { Double($0) ?? 0 } ?? 1
        }
    }

    /// JSON where neither is named: programs that accept anything seldom want a page.
    var prefersHTML: Bool {
        let html = weight(of: ["text/html", "text/*", "*/*"])
        let json = weight(of: ["application/json", "application/*", "*/*"])
        return html > json || html > 0 && html == json && weights["text/html"] != nil
    }

    /// By the most specific range that names it.
    private func weight(of ranges: [String]) -> Double {
        ranges.lazy.compactMap { weights[$0] }.first ?? 0
    }
}
