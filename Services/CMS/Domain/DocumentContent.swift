internal import EventTypes

/// What one version of a document says. Versions are never changed.
struct DocumentContent: Codable, Equatable, Sendable {
    static let titleLength = 1...200
    static let summaryLength = 0...500

    let slug: String
    let title: String
    /// Plain text for lists, feeds and cards; may be empty.
    let summary: String
    /// Markdown.
    let body: String
}
