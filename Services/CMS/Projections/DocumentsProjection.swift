internal import Database
internal import EventStore
internal import EventTypes

/// The documents with all their versions, and the addresses under which the public finds or found
/// them.
struct DocumentsProjection: Projection {
    static let title = "documents"
    let name = DocumentsProjection.title
    let tables = ["document", "document_version", "document_slug"]
    let isPartitionable = true
    let definition = """
        create table document (
            id uuid primary key,
            kind text not null,
            state text not null,
            slug text not null,
            title text not null,
            latest bigint not null,
            public_number bigint,
            public_slug text,
            released_at timestamptz,
            first_released_at timestamptz,
            position bigint,
            scheduled_number bigint,
            scheduled_at timestamptz,
            created_at timestamptz not null,
            changed_at timestamptz not null,
            revision bigint not null
        );
        create table document_version (
            document_id uuid not null,
            number bigint not null,
            slug text not null,
            title text not null,
            summary text not null,
            body text not null,
            author uuid not null,
            written_at timestamptz not null,
            primary key (document_id, number)
        );
        create table document_slug (
            document_id uuid not null,
            slug text not null,
            kind text not null,
            position bigint not null,
            primary key (document_id, slug)
        );
        """
    let indexes = """
        create index document_public on document (kind, first_released_at desc, id desc)
            where public_number is not null;
        create index document_kind on document (kind, id);
        create index document_schedule on document (kind, scheduled_at, id)
            where scheduled_at is not null;
        create index document_slug_kind on document_slug (kind, slug);
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var statements: [SQL] = []
        for event in events where event.stream.category == Document.category {
            guard let id = DocumentID(String(event.stream.key)) else { continue }
            switch try event.decode(DocumentEvent.self) {
            case .written(let fact): statements += Self.written(fact, event)
            case .released(let fact): statements += Self.released(fact, event)
            case .takenDown(let fact):
                statements.append(
                    Self.update(
                        id, event, fact.takenDownAt,
                        "public_number = null, public_slug = null, released_at = null"))
            case .scheduled(let fact):
                statements.append(
                    Self.update(
                        id, event, fact.scheduledAt,
                        "scheduled_number = \(fact.number), scheduled_at = \(fact.due)"))
            case .unscheduled(let fact):
                statements.append(Self.update(id, event, fact.unscheduledAt, Self.noSchedule))
            case .archived(let fact):
                statements.append(
                    Self.update(
                        id, event, fact.archivedAt, "state = 'archived', \(Self.noSchedule)"))
            case .restored(let fact):
                statements.append(Self.update(id, event, fact.restoredAt, "state = 'active'"))
            case .removed(let fact):
                statements.append(
                    Self.update(
                        id, event, fact.removedAt, "state = 'removed', \(Self.noSchedule)"))
            }
        }
        try await connection.pipelineExecute(statements)
    }

    private static let noSchedule: SQL = "scheduled_number = null, scheduled_at = null"

    private static func update(
        _ id: DocumentID, _ event: RecordedEvent, _ time: Timestamp, _ changes: SQL
    ) -> SQL {
        """
        update document set \(changes), changed_at = \(time), revision = \(event.version)
        where id = \(id)
        """
    }

    private static func written(_ fact: VersionWritten, _ event: RecordedEvent) -> [SQL] {
        let content = fact.content
        return [
            """
            insert into document_version (document_id, number, slug, title, summary, body, author,
                written_at)
            values (\(fact.documentID), \(fact.number), \(content.slug), \(content.title),
                \(content.summary), \(content.body), \(fact.author), \(fact.writtenAt))
            """,
            """
            insert into document (id, kind, state, slug, title, latest, created_at, changed_at,
                revision)
            values (\(fact.documentID), \(fact.kind), 'active', \(content.slug), \(content.title),
                \(fact.number), \(fact.writtenAt), \(fact.writtenAt), \(event.version))
            on conflict (id) do update
            set slug = excluded.slug, title = excluded.title, latest = excluded.latest,
                changed_at = excluded.changed_at, revision = excluded.revision
            """,
        ]
    }

    private static func released(_ fact: VersionReleased, _ event: RecordedEvent) -> [SQL] {
        [
            update(
                fact.documentID, event, fact.releasedAt,
                """
                public_number = \(fact.number), public_slug = \(fact.slug),
                released_at = \(fact.releasedAt), position = \(event.position),
                first_released_at = coalesce(first_released_at, \(fact.releasedAt)),
                scheduled_at = case when scheduled_number = \(fact.number) then null
                    else scheduled_at end,
                scheduled_number = case when scheduled_number = \(fact.number) then null
                    else scheduled_number end
                """),
            """
            insert into document_slug (document_id, slug, kind, position)
            values (\(fact.documentID), \(fact.slug), \(fact.kind), \(event.position))
            on conflict (document_id, slug) do update set position = excluded.position
            """,
        ]
    }
}
