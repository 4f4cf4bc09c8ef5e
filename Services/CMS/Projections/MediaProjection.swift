internal import Database
internal import EventStore
internal import EventTypes

/// The files, with those that were deleted.
struct MediaProjection: Projection {
    static let title = "media"
    let name = MediaProjection.title
    let tables = ["media"]
    let isPartitionable = true
    let definition = """
        create table media (
            id uuid primary key,
            name text not null,
            form text not null,
            bytes bigint not null,
            sha256 text not null,
            uploaded_by uuid not null,
            stored_at timestamptz not null,
            deleted_at timestamptz
        );
        """
    let indexes = "create index media_content on media (sha256);"

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var statements: [SQL] = []
        for event in events where event.stream.category == Media.category {
            switch try event.decode(MediaEvent.self) {
            case .stored(let fact):
                statements.append(
                    """
                    insert into media (id, name, form, bytes, sha256, uploaded_by, stored_at)
                    values (\(fact.mediaID), \(fact.name), \(fact.form), \(fact.bytes),
                        \(fact.sha256), \(fact.uploadedBy), \(fact.storedAt))
                    """)
            case .deleted(let fact):
                statements.append(
                    """
                    update media set deleted_at = \(fact.deletedAt)
                    where id = \(MediaID(String(event.stream.key)))
                    """)
            }
        }
        try await connection.pipelineExecute(statements)
    }
}
