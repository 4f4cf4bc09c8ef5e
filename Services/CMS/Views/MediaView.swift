internal import Crypto
internal import Database
internal import EventTypes
internal import HTTP

/// A file as its editors see it.
struct MediaView: Codable, Sendable {
    let id: MediaID
    let name: String
    /// The path under which everybody can have it.
    let url: String
    let mediaType: String
    let bytes: Int64
    let sha256: String
    let uploadedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, name, url, bytes, sha256
        case mediaType = "media_type"
        case uploadedAt = "uploaded_at"
    }

    init(_ file: MediaStored) {
        id = file.mediaID
        name = file.name
        url = Self.path(file.mediaID, file.name)
        mediaType = file.form.rawValue
        bytes = file.bytes
        sha256 = file.sha256
        uploadedAt = file.storedAt
    }

    init(_ row: StoredMedia) {
        id = row.id
        name = row.name
        url = Self.path(row.id, row.name)
        mediaType = row.form.rawValue
        bytes = row.bytes
        sha256 = row.sha256
        uploadedAt = row.storedAt
    }

    static func path(_ id: MediaID, _ name: String) -> String {
        "/media/\(id)/\(PercentCoding.encode(name))"
    }
}

/// A file as the read model has it.
struct StoredMedia: Sendable {
    let id: MediaID
    let name: String
    let form: MediaForm
    let bytes: Int64
    let sha256: String
    let storedAt: Timestamp
    let isDeleted: Bool

    static let columns: SQL = "id, name, form, bytes, sha256, stored_at, deleted_at"

    init(_ row: Row) throws {
        id = try row.get("id")
        name = try row.get("name")
        form = try row.get("form")
        bytes = try row.get("bytes")
        sha256 = try row.get("sha256")
        storedAt = try row.get("stored_at")
        isDeleted = try row.get("deleted_at", as: Timestamp?.self) != nil
    }
}
