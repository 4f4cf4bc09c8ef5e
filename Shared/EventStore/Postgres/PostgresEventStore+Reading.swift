internal import Database
public import EventTypes
internal import Synchronization

extension PostgresEventStore {
    /// Events of one page when a stream is folded.
    static let pageLimit = 2_000

    static let columns: SQL =
        "position, stream, version, type, form, id, recorded_at, payload, metadata"

    public func read(
        _ stream: StreamID, after version: Int64, limit: Int
    ) async throws -> [RecordedEvent] {
        let rows = try await pool.query(
            """
            select \(Self.columns) from event
            where stream = \(stream)::text and version > \(version) order by version
            limit \(limit)
            """, isReadOnly: true)
        return try events(rows)
    }

    public func readAll(after position: Int64, limit: Int) async throws -> [RecordedEvent] {
        let rows = try await pool.query(
            """
            select \(Self.columns) from event where position > \(position) order by position
            limit \(limit)
            """, isReadOnly: true)
        return try events(rows)
    }

    /// Events from rows of `columns`.
    func events(_ rows: [Row]) throws -> [RecordedEvent] { try rows.map(event) }

    /// The event of a row of `columns`.
    func event(_ row: Row) throws -> RecordedEvent {
        try RecordedEvent(row).lifted(by: upcasters)
    }

    /// The committed state of a stream, read on from what is known of it.
    func fetch<D: Decider>(
        _ decider: D.Type, _ stream: StreamID
    ) async throws -> (state: D.State, version: Int64) {
        let kind = ObjectIdentifier(D.self)
        var state = D.initial
        var version: Int64 = 0
        if let base = queue.withLock({ $0.base(kind, of: stream, as: D.State.self) }) {
            (state, version) = base
        } else if let snapshot = try await snapshots.read(D.self, stream) {
            (state, version) = snapshot
        }
        let start = version
        var page = try await history(stream, after: version)
        while page.count == Self.pageLimit {
            // The server reads on while this page is folded.
            let next = version + Int64(page.count)
            async let following = history(stream, after: next)
            (state, version) = try fold(D.self, page, state, stream)
            page = try await following
        }
        if !page.isEmpty { (state, version) = try fold(D.self, page, state, stream) }
        if version - start >= SnapshotWriter.interval {
            snapshots.offer(stream, state, version: version)
        }
        return (state, version)
    }

    /// The next events of a stream, at most a page.
    private func history(_ stream: StreamID, after version: Int64) async throws -> [Row] {
        try await pool.query(
            """
            select version, type, form, payload from event
            where stream = \(stream)::text and version > \(version) order by version
            limit \(Self.pageLimit)
            """, isReadOnly: true)
    }

    private func fold<D: Decider>(
        _ decider: D.Type, _ page: [Row], _ state: D.State, _ stream: StreamID
    ) throws -> (D.State, Int64) {
        let upcasters = upcasters
        var state = state
        var version: Int64 = 0
        for row in page {
            let type = EventType(try row.get(1), version: try row.get(2))
            let event: D.Event
            if upcasters.lifts(type) {
                let (type, payload) = try upcasters.lift(type, try row.get(3))
                event = try EventCoding.decode(type, payload, in: stream)
            } else {
                event = try row.withBytes(3) { try EventCoding.decode(type, $0, in: stream) }
            }
            D.evolve(&state, event)
            version = try row.get(0)
        }
        return (state, version)
    }
}
