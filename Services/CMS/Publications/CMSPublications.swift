internal import EventStore
internal import EventTypes

/// What of the service's log other services may read.
enum CMSPublications {
    @Sendable static func map(_ event: RecordedEvent) throws -> [Publication] {
        guard let payload = try payload(of: event) else { return [] }
        return [Publication(.cmsEvents, event, payload)]
    }

    private static func payload(of event: RecordedEvent) throws -> (any PublishedEvent)? {
        if let fact = try event.payload(VersionReleased.self) {
            return CMSDocumentPublished(
                documentID: fact.documentID, kind: fact.kind.rawValue, slug: fact.slug,
                title: fact.title, version: fact.number, publishedAt: fact.releasedAt)
        }
        if let fact = try event.payload(DocumentTakenDown.self) {
            return CMSDocumentUnpublished(
                documentID: fact.documentID, kind: fact.kind.rawValue, slug: fact.slug,
                unpublishedAt: fact.takenDownAt)
        }
        if let fact = try event.payload(MediaStored.self) {
            return CMSMediaUploaded(
                mediaID: fact.mediaID, uploadedBy: fact.uploadedBy, name: fact.name,
                mediaType: fact.form.rawValue, bytes: fact.bytes, sha256: fact.sha256)
        }
        return nil
    }
}
