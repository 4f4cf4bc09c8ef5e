internal import EventTypes

/// A document as its editors see it: the newest version beside the public one.
struct DocumentView: Codable, Sendable {
    enum State: String, Codable, CaseIterable, Sendable {
        case draft, published, archived
    }

    /// What the public reads.
    struct Published: Codable, Sendable {
        let version: Int64
        let slug: String
        let url: String
        let publishedAt: Timestamp

        enum CodingKeys: String, CodingKey {
            case version, slug, url
            case publishedAt = "published_at"
        }
    }

    /// What the public will read, and from when on.
    struct Schedule: Codable, Sendable {
        let version: Int64
        let at: Timestamp
    }

    let id: DocumentID
    let kind: DocumentKind
    let state: State
    /// The number of the newest version, which the next fields are of.
    let version: Int64
    let slug: String
    let title: String
    let summary: String
    let body: String
    let published: Published?
    /// Whether the newest version is not the public one.
    let hasChanges: Bool
    let schedule: Schedule?
    let next: [Document.State.Action]
    let createdAt: Timestamp
    let updatedAt: Timestamp
    /// The ETag's number.
    let revision: Int64

    enum CodingKeys: String, CodingKey {
        case id, kind, state, version, slug, title, summary, body, published, schedule, next
        case revision
        case hasChanges = "has_changes"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    /// Nil for a document that is not there.
    init?(_ document: Document.State, revision: Int64, home: String) {
        guard let id = document.id, let draft = document.draft, document.phase != .removed else {
            return nil
        }
        self.id = id
        kind = document.kind
        state =
            switch document.phase {
            case .archived: .archived
            default: document.release == nil ? .draft : .published
            }
        version = document.latest
        slug = draft.slug
        title = draft.title
        summary = draft.summary
        body = draft.body
        let kind = document.kind
        published = document.release.map {
            Published(
                version: $0.number, slug: $0.slug, url: home + kind.path($0.slug),
                publishedAt: $0.releasedAt)
        }
        hasChanges = document.release?.number != document.latest
        schedule = document.schedule.map { Schedule(version: $0.number, at: $0.due) }
        next = document.next
        createdAt = document.createdAt
        updatedAt = document.changedAt
        self.revision = revision
    }
}
