internal import EventTypes

/// What happened to a page or a post, stream `document-<id>`.
enum DocumentEvent: DomainEvent {
    case written(VersionWritten)
    case released(VersionReleased)
    case takenDown(DocumentTakenDown)
    case scheduled(ReleaseScheduled)
    case unscheduled(ReleaseUnscheduled)
    case archived(DocumentArchived)
    case restored(DocumentRestored)
    case removed(DocumentRemoved)

    static let forms: [EventForm<Self>] = [
        .form(Self.written), .form(Self.released), .form(Self.takenDown), .form(Self.scheduled),
        .form(Self.unscheduled), .form(Self.archived), .form(Self.restored),
        .form(Self.removed),
    ]

    var payload: any EventPayload {
        switch self {
        case .written(let fact): fact
        case .released(let fact): fact
        case .takenDown(let fact): fact
        case .scheduled(let fact): fact
        case .unscheduled(let fact): fact
        case .archived(let fact): fact
        case .restored(let fact): fact
        case .removed(let fact): fact
        }
    }
}

/// A new version; the first one begins the document.
struct VersionWritten: EventPayload {
    static let eventType = EventType("cms.version_written")
    let documentID: DocumentID
    let kind: DocumentKind
    /// 1, 2, 3, …
    let number: Int64
    let content: DocumentContent
    let author: UserID
    let writtenAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case kind, number, content, author
        case documentID = "document_id"
        case writtenAt = "written_at"
    }
}

/// The public reads this version from now on.
struct VersionReleased: EventPayload {
    static let eventType = EventType("cms.version_released")
    let documentID: DocumentID
    let kind: DocumentKind
    let number: Int64
    let slug: String
    let title: String
    /// Whether a schedule did it and not a person.
    let isScheduled: Bool
    let releasedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case kind, number, slug, title
        case documentID = "document_id"
        case isScheduled = "is_scheduled"
        case releasedAt = "released_at"
    }
}

/// The public reads nothing of it any more.
struct DocumentTakenDown: EventPayload {
    static let eventType = EventType("cms.document_taken_down")
    let documentID: DocumentID
    let kind: DocumentKind
    let slug: String
    let takenDownAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case kind, slug
        case documentID = "document_id"
        case takenDownAt = "taken_down_at"
    }
}

/// This very version will be released at a time, whatever is written until then.
struct ReleaseScheduled: EventPayload {
    static let eventType = EventType("cms.release_scheduled")
    let number: Int64
    let due: Timestamp
    let scheduledAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case number, due
        case scheduledAt = "scheduled_at"
    }
}

/// The schedule was given up.
struct ReleaseUnscheduled: EventPayload {
    static let eventType = EventType("cms.release_unscheduled")
    let unscheduledAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case unscheduledAt = "unscheduled_at"
    }
}

/// Put away: not public, not written on, but there.
struct DocumentArchived: EventPayload {
    static let eventType = EventType("cms.document_archived")
    let archivedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case archivedAt = "archived_at"
    }
}

/// Brought back as a draft.
struct DocumentRestored: EventPayload {
    static let eventType = EventType("cms.document_restored")
    let restoredAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case restoredAt = "restored_at"
    }
}

/// Gone for good; its addresses are free again.
struct DocumentRemoved: EventPayload {
    static let eventType = EventType("cms.document_removed")
    let removedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case removedAt = "removed_at"
    }
}
