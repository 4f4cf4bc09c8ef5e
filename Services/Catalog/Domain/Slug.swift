/// A name as a part of an address: `Home & Garden` becomes `home-garden`.
enum Slug {
    /// - Returns: nil when the name has neither letters nor digits.
    static func of(_ name: String) -> String? {
        let words = SearchWords.words(of: name, most: 20)
        return words.isEmpty ? nil : words.joined(separator: "-")
    }
}
