/// Words in PostgreSQL's own text forms, so that what is a word does not depend on a server's
/// locale or dictionaries.
enum SearchVector {
    /// The greatest position that a `tsvector` tells apart.
    private static let lastPosition = 16_000

    /// A `tsvector` in which the title counts most, the shop's number next, the description least.
    static func text(title: String, sku: String, description: String) -> String {
        var places: [String: [String]] = [:]
        var position = 0
        for (text, weight) in [(title, "A"), (sku, "B"), (description, "D")] {
            for word in SearchWords.words(of: text) {
                position = min(position + 1, lastPosition)
                // More places of one word tell nothing more.
                if places[word, default: []].count < 32 {
                    places[word, default: []].append("\(position)\(weight)")
                }
            }
        }
        return places.sorted { $0.key < $1.key }
            .map { "'\($0.key)':\($0.value.joined(separator: ","))" }.joined(separator: " ")
    }

    /// A `tsquery` that wants one of each group's words; those with a star match every word that
    /// begins with them.
    static func query(_ groups: [[Term]]) -> String {
        groups.map { group in
            let terms = group.map { "'\($0.word)'" + ($0.isPrefix ? ":*" : "") }
            return "(\(terms.joined(separator: " | ")))"
        }.joined(separator: " & ")
    }

    /// One word of a query.
    struct Term {
        let word: String
        let isPrefix: Bool
    }
}
