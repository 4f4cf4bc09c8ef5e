public import Database
public import EventTypes
internal import JSON

/// The events that a service could not handle, and what an operator does about them.
public struct ParkedEvents: Sendable {
    /// One parked stream.
    public struct Entry: Codable, Sendable, Equatable {
        public let source: String
        public let stream: String
        /// How many events wait.
        public let events: Int
        /// Why the first one could not be handled.
        public let reason: String
        public let since: Timestamp
    }

    let pool: DatabasePool

    public init(pool: DatabasePool) { self.pool = pool }

    /// The parked streams, longest first; at most `limit`.
    public func list(limit: Int = 100) async throws -> [Entry] {
        try await pool.query(
            """
            SELECT DISTINCT ON (source, stream) source, stream, reason, parked_at,
                count(*) OVER (PARTITION BY source, stream) AS events
            FROM parked_event ORDER BY source, stream, id LIMIT \(limit)
            """
        ).map { row in
            Entry(
                source: try row.get("source"), stream: try row.get("stream"),
                events: try row.get("events"), reason: try row.get("reason"),
                since: try row.get("parked_at"))
        }
    }

    /// How many events are parked in all.
    public func count() async throws -> Int {
        try await pool.query("SELECT count(*) AS count FROM parked_event").first?.get("count") ?? 0
    }

    /// The question which of some streams have parked events, so that later ones queue behind them.
    /// Mostly nothing is parked at all, which is asked first.
    static func among(_ keys: [ParkedKey]) -> SQL {
        """
        SELECT k.source, k.stream
        FROM unnest(\(keys.map(\.source)), \(keys.map(\.stream))) AS k (source, stream)
        WHERE (SELECT EXISTS (SELECT 1 FROM parked_event))
            AND EXISTS (SELECT 1 FROM parked_event p
                WHERE p.source = k.source AND p.stream = k.stream)
        """
    }

    /// The streams in the answer to `among`.
    static func keys(_ rows: [Row]) throws -> Set<ParkedKey> {
        Set(
            try rows.map {
                ParkedKey(source: try $0.get("source"), stream: try $0.get("stream"))
            })
    }

    /// The statement that parks an event, to run in the unit that moves past it.
    static func park(_ event: ReceivedEvent, reason: String) throws -> SQL {
        """
        INSERT INTO parked_event (source, topic, stream, position, slot, slot_sequence, headers,
            payload, reason)
        VALUES (\(event.source), \(event.topic.rawValue), \(event.stream.name), \(event.position),
            \(Int64(event.slot)), \(event.slotSequence), \(try JSON.text(ParkedHeaders(event))),
            \(String(decoding: event.payload, as: UTF8.self)), \(reason))
        ON CONFLICT (source, topic, slot, slot_sequence) DO NOTHING
        """
    }

    /// The statements that park an event behind earlier ones of its stream. The unit fails with
    /// `EventStoreError.positionMoved` when there are none any more.
    static func queue(_ event: ReceivedEvent) throws -> [SQL] {
        [
            "SELECT hold_parked(\(event.source), \(event.stream.name))",
            try park(event, reason: "waits for an earlier one"),
        ]
    }

    /// The events of a parked stream in their order.
    func events(of stream: String, from source: String) async throws -> [(id: Int64, ReceivedEvent)]
    {
        let rows = try await pool.query(
            """
            SELECT id, topic, position, slot, slot_sequence, headers, payload FROM parked_event
            WHERE source = \(source) AND stream = \(stream) ORDER BY id
            """)
        return try rows.compactMap { row in
            let headers = try JSON.decode(
                ParkedHeaders.self, from: try row.get("headers", as: String.self))
            guard let topic = Topic(rawValue: try row.get("topic", as: String.self)) else {
                return nil
            }
            let event = headers.event(
                source: source, topic: topic, stream: StreamID(stream),
                position: try row.get("position"), slot: Int(try row.get("slot", as: Int64.self)),
                slotSequence: try row.get("slot_sequence"),
                payload: Array(try row.get("payload", as: String.self).utf8))
            return (try row.get("id"), event)
        }
    }

    /// The statement that removes a parked event in the unit that handles it. The unit fails with
    /// `EventStoreError.positionMoved` when it is gone.
    static func finish(_ id: Int64) -> SQL { "SELECT finish_parked(\(id))" }

    func failedAgain(_ id: Int64, reason: String) async throws {
        _ = try await pool.execute(
            """
            UPDATE parked_event SET attempts = attempts + 1, reason = \(reason) WHERE id = \(id)
            """)
    }

    /// Throws a parked stream's events away, for a reason that stays on record.
    ///
    /// - Returns: how many there were.
    public func discard(
        _ stream: String, from source: String, actor: String, reason: String
    ) async throws -> Int {
        try await pool.withTransaction { connection in
            let count = try await connection.execute(
                "DELETE FROM parked_event WHERE source = \(source) AND stream = \(stream)")
            _ = try await connection.execute(
                Self.audit("discard", source, stream, count, actor, reason))
            return count
        }
    }

    static func audit(
        _ action: String, _ source: String, _ stream: String, _ events: Int, _ actor: String,
        _ reason: String
    ) -> SQL {
        """
        INSERT INTO parked_audit (action, source, stream, events, actor, reason)
        VALUES (\(action), \(source), \(stream), \(Int64(events)), \(actor), \(reason))
        """
    }
}

/// The parts of a received event that have no column of their own.
private struct ParkedHeaders: Codable {
    let type: String
    let schemaVersion: Int
    let id: EventID
    let streamVersion: Int64
    let time: Timestamp
    let correlationID: CorrelationID
    let causationID: EventID?
    let traceparent: String?

    init(_ event: ReceivedEvent) {
        type = event.type.name
        schemaVersion = event.type.version
        id = event.id
        streamVersion = event.streamVersion
        time = event.time
        correlationID = event.correlationID
        causationID = event.causationID
        traceparent = event.traceparent
    }

    func event(
        source: String, topic: Topic, stream: StreamID, position: Int64, slot: Int,
        slotSequence: Int64, payload: [UInt8]
    ) -> ReceivedEvent {
        ReceivedEvent(
            source: source, topic: topic, type: EventType(type, version: schemaVersion), id: id,
            stream: stream, streamVersion: streamVersion, position: position, slot: slot,
            slotSequence: slotSequence, time: time, correlationID: correlationID,
            causationID: causationID, traceparent: traceparent, payload: payload)
    }
}
