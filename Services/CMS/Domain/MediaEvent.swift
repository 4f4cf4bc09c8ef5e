internal import EventTypes

/// What happened to a file, stream `media-<id>`.
enum MediaEvent: DomainEvent {
    case stored(MediaStored)
    case deleted(MediaDeleted)

    static let forms: [EventForm<Self>] = [.form(Self.stored), .form(Self.deleted)]

    var payload: any EventPayload {
        switch self {
        case .stored(let fact): fact
        case .deleted(let fact): fact
        }
    }
}

/// A file was taken in; its content is on disk under its digest.
struct MediaStored: EventPayload {
    static let eventType = EventType("cms.media_stored")
    let mediaID: MediaID
    let name: String
    let form: MediaForm
    let bytes: Int64
    /// In lowercase hexadecimal.
    let sha256: String
    let uploadedBy: UserID
    let storedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case name, form, bytes, sha256
        case mediaID = "media_id"
        case uploadedBy = "uploaded_by"
        case storedAt = "stored_at"
    }
}

/// The file is not served any more.
struct MediaDeleted: EventPayload {
    static let eventType = EventType("cms.media_deleted")
    let deletedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case deletedAt = "deleted_at"
    }
}
