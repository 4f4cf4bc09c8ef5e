internal import Database
internal import EventTypes

/// One slot of one topic of one log.
struct PublishedLane: Hashable, Sendable, CustomStringConvertible {
    let source: String
    let topic: String
    let slot: Int

    var description: String { "\(source)'s \(topic) slot \(slot)" }
}

/// How far everything is, at one moment.
struct PlatformMarks: Sendable, Equatable {
    /// A place in a lane.
    struct Place: Sendable, Equatable {
        let sequence: Int64
        let position: Int64
    }

    /// The ends of the logs.
    var heads: [String: Int64] = [:]
    /// By consumer.
    var inboxes: [String: [PublishedLane: Place]] = [:]
    /// What publishers say that they have put on the topics.
    var published: [PublishedLane: Int64] = [:]
    var publishers: [String: Int64] = [:]
    var projections: [String: Int64] = [:]
    /// Timers whose time has come, by service and kind.
    var due: [String: Int64] = [:]

    /// Whether a consumer had applied a number.
    func hasHandled(_ consumer: String, _ lane: PublishedLane, _ sequence: Int64) -> Bool {
        (inboxes[consumer]?[lane]?.sequence ?? 0) >= sequence
    }

    /// Whether a consumer reads a topic of a source at all.
    func reads(_ consumer: String, _ topic: String) -> Bool {
        inboxes[consumer]?.keys.contains { $0.topic == topic } == true
    }

    /// What is not over; empty when nothing is under way.
    var unfinished: [String] {
        var found: [String] = []
        for (service, head) in heads.sorted(by: { $0.key < $1.key }) {
            if let at = publishers[service], at < head {
                found.append("\(service)'s publisher is \(head - at) behind")
            }
            for (name, at) in projections.sorted(by: { $0.key < $1.key })
            where name.hasPrefix(service + " ") && at < head {
                found.append("the projection \(name) is \(head - at) behind")
            }
        }
        for (consumer, places) in inboxes.sorted(by: { $0.key < $1.key }) {
            let topics = Set(places.keys.map(\.topic))
            let missing = published.reduce(Int64(0)) { sum, lane in
                guard topics.contains(lane.key.topic) else { return sum }
                return sum + max(0, lane.value - (places[lane.key]?.sequence ?? 0))
            }
            if missing > 0 { found.append("\(consumer)'s inbox is \(missing) behind") }
        }
        for (kind, count) in due.sorted(by: { $0.key < $1.key }) {
            found.append("\(count) timers of \(kind) are due")
        }
        return found
    }

    // MARK: Reading

    /// All of one snapshot of the database.
    static func read(_ pool: DatabasePool) async throws -> PlatformMarks {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            let known: Set<String> = Set(
                try await connection.query(
                    """
                    select table_schema::text as name from information_schema.tables
                    where table_name = 'parked_event'
                    """
                ).map { try $0.get("name") })
            var marks = PlatformMarks()
            for program in PlatformProgram.withLog where known.contains(program.name) {
                try await marks.add(program.name, connection)
            }
            return marks
        }
    }

    private mutating func add(_ service: String, _ connection: Connection) async throws {
        let schema = SQL.identifier(service)
        let heads = try await connection.query("select position from \(schema).log_head")
        self.heads[service] = try heads.first?.get(0) ?? 0
        for row in try await connection.query(
            "select source, topic, slot::bigint as slot, sequence, position from \(schema).inbox_position"
        ) {
            let lane = PublishedLane(
                source: try row.get("source"), topic: try row.get("topic"),
                slot: Int(try row.get("slot", as: Int64.self)))
            inboxes[service, default: [:]][lane] = Place(
                sequence: try row.get("sequence"), position: try row.get("position"))
        }
        for row in try await connection.query(
            "select topic, slot, sequence from \(schema).publisher_slot")
        {
            let lane = PublishedLane(
                source: service, topic: try row.get("topic"),
                slot: Int(try row.get("slot", as: Int64.self)))
            published[lane] = try row.get("sequence")
        }
        let publisher = try await connection.query("select position from \(schema).publisher")
        publishers[service] = try publisher.first?.get(0, as: Int64.self)
        for row in try await connection.query("select name, checkpoint from \(schema).projection") {
            projections["\(service) \(try row.get("name", as: String.self))"] = try row.get(
                "checkpoint")
        }
        for row in try await connection.query(
            """
            select kind, count(*) as count from \(schema).timer
            where due < clock_timestamp() group by kind
            """)
        {
            due["\(service) \(try row.get("kind", as: String.self))"] = try row.get("count")
        }
    }
}
