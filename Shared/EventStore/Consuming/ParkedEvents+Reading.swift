internal import Database
public import EventTypes

extension ParkedEvents {
    /// One parked event, as an operator looks at it.
    public struct Event: Sendable, Equatable {
        public let topic: String
        /// Its position in the source's log.
        public let position: Int64
        /// Why it could not be handled, or that it waits for an earlier one.
        public let reason: String
        /// How often it was tried again.
        public let attempts: Int
        public let since: Timestamp
        /// Type, identifiers and trace, as JSON.
        public let headers: String
        /// JSON; personal data in it is sealed.
        public let payload: String
    }

    /// The events of a parked stream in their order; at most `limit`.
    public func show(
        _ stream: String, from source: String, limit: Int = 100
    ) async throws -> [Event] {
        try await pool.query(
            """
            SELECT topic, position, reason, attempts, parked_at, headers, payload FROM parked_event
            WHERE source = \(source) AND stream = \(stream) ORDER BY id LIMIT \(Int64(limit))
            """
        ).map { row in
            Event(
                topic: try row.get("topic"), position: try row.get("position"),
                reason: try row.get("reason"), attempts: try row.get("attempts"),
                since: try row.get("parked_at"), headers: try row.get("headers"),
                payload: try row.get("payload"))
        }
    }

    /// Something that an operator did about parked events.
    public struct Action: Sendable, Equatable {
        /// `retry` or `discard`.
        public let action: String
        public let source: String
        public let stream: String
        /// How many events were handled or given up.
        public let events: Int
        public let actor: String
        public let reason: String
        public let at: Timestamp
    }

    /// What was done, the latest first; at most `limit`.
    public func history(limit: Int = 100) async throws -> [Action] {
        try await pool.query(
            """
            SELECT action, source, stream, events, actor, reason, done_at FROM parked_audit
            ORDER BY id DESC LIMIT \(Int64(limit))
            """, isReadOnly: true
        ).map { row in
            Action(
                action: try row.get("action"), source: try row.get("source"),
                stream: try row.get("stream"), events: try row.get("events"),
                actor: try row.get("actor"), reason: try row.get("reason"),
                at: try row.get("done_at"))
        }
    }
}
