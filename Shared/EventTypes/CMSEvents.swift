public struct CMSDocumentPublished: PublishedEvent {
    public static let eventType = EventType("cms.document_published")
    public static let summary = "This version of a page or a post is what the public reads."
    public let documentID: DocumentID
    /// `page` or `post`.
    public let kind: String
    public let slug: String
    public let title: String
    public let version: Int64
    public let publishedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case documentID = "document_id"
        case kind, slug, title, version
        case publishedAt = "published_at"
    }

    public init(
        documentID: DocumentID, kind: String, slug: String, title: String, version: Int64,
        publishedAt: Timestamp
    ) {
        self.documentID = documentID
        self.kind = kind
        self.slug = slug
        self.title = title
        self.version = version
        self.publishedAt = publishedAt
    }

    public static let example = Self(
        documentID: .example(23), kind: "page", slug: "offers-of-the-day",
        title: "Offers of the day", version: 1, publishedAt: .example)
}

public struct CMSDocumentUnpublished: PublishedEvent {
    public static let eventType = EventType("cms.document_unpublished")
    public static let summary = "A page or a post is not public any more."
    public let documentID: DocumentID
    public let kind: String
    public let slug: String
    public let unpublishedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case documentID = "document_id"
        case kind, slug
        case unpublishedAt = "unpublished_at"
    }

    public init(documentID: DocumentID, kind: String, slug: String, unpublishedAt: Timestamp) {
        self.documentID = documentID
        self.kind = kind
        self.slug = slug
        self.unpublishedAt = unpublishedAt
    }

    public static let example = Self(
        documentID: .example(23), kind: "page", slug: "offers-of-the-day", unpublishedAt: .example)
}

public struct CMSMediaUploaded: PublishedEvent {
    public static let eventType = EventType("cms.media_uploaded")
    public static let summary = "A file can be shown on pages, under the type that its bytes show."
    public let mediaID: MediaID
    public let uploadedBy: UserID
    public let name: String
    public let mediaType: String
    public let bytes: Int64
    /// Of the content, in lowercase hexadecimal.
    public let sha256: String

    enum CodingKeys: String, CodingKey {
        case mediaID = "media_id"
        case uploadedBy = "uploaded_by"
        case name
        case mediaType = "media_type"
        case bytes, sha256
    }

    public init(
        mediaID: MediaID, uploadedBy: UserID, name: String, mediaType: String, bytes: Int64,
        sha256: String
    ) {
        self.mediaID = mediaID
        self.uploadedBy = uploadedBy
        self.name = name
        self.mediaType = mediaType
        self.bytes = bytes
        self.sha256 = sha256
    }

    public static let example = Self(
        mediaID: .example(24), uploadedBy: .example(1), name: "cover.png", mediaType: "image/png",
        bytes: 2_048, sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
}
