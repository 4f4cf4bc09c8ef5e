/// The last part of a document's address: `offers-of-the-day`.
enum Slug {
    static let longest = 100
    static let rule = "must be at most \(longest) lower-case letters, digits and single hyphens"

    static func isValid(_ text: String) -> Bool {
        guard (1...longest).contains(text.utf8.count) else { return false }
        return text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            .allSatisfy { word in
                !word.isEmpty
                    && word.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
            }
    }
}
