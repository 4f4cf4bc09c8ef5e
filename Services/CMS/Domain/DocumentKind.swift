internal import EventTypes

/// What a document is: pages stand by themselves, posts follow each other in time.
enum DocumentKind: String, Codable, CaseIterable, Sendable {
    case page, post

    /// As it stands in addresses.
    var plural: String {
        switch self {
        case .page: "pages"
        case .post: "posts"
        }
    }

    /// The path under which the public reads it.
    func path(_ slug: String) -> String { "/\(plural)/\(slug)" }
}
