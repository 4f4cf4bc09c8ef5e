internal import Database
internal import EventTypes

/// What a consumer recorded because of what it heard, it recorded once: everything that one
/// received event caused was written by one commit; and whoever keeps a copy of everything has it
/// whole.
struct EffectProof: Sendable {
    private static let page = 20_000
    /// Keeps a copy of everything that it reads.
    private static let copyist = "analytics"

    let pool: DatabasePool
    let logs: PublishedLogs
    let marks: PlatformMarks

    private struct Effects {
        var last: Timestamp
        var commits = 1
        var events = 1
    }

    func examine() async throws -> [VerifyFinding] {
        var faults: [String] = []
        var examined = 0
        var copies: [EventID: Effects] = [:]
        for service in marks.heads.keys.sorted() {
            let effects = try await read(service)
            examined += effects.values.reduce(0) { $0 + $1.events }
            for (cause, effect) in effects where effect.commits > (logs.parts[cause] ?? 1) {
                faults.append("\(service) acted \(effect.commits) times on event \(cause)")
            }
            if service == Self.copyist { copies = effects }
        }
        return [
            VerifyFinding(
                "what a received event caused was recorded once", examined, faults.sorted()),
            copied(copies),
        ]
    }

    private func read(_ service: String) async throws -> [EventID: Effects] {
        let schema = SQL.identifier(service)
        var effects: [EventID: Effects] = [:]
        var position: Int64 = 0
        while true {
            let rows = try await pool.query(
                """
                select position, recorded_at, (metadata::json ->> 'causation_id')::uuid as cause
                from \(schema).event
                where position > \(position) and metadata like '%"actor":"service:%'
                    and metadata like '%"causation_id":"%'
                order by position limit \(Self.page)
                """, isReadOnly: true, timeout: .seconds(120))
            for row in rows {
                let cause: EventID = try row.get("cause")
                let time: Timestamp = try row.get("recorded_at")
                if var known = effects[cause] {
                    known.events += 1
                    if known.last != time {
                        known.commits += 1
                        known.last = time
                    }
                    effects[cause] = known
                } else {
                    effects[cause] = Effects(last: time)
                }
            }
            guard let last = rows.last else { return effects }
            position = try last.get("position")
        }
    }

    /// Every event that the copyist had handled is in its log, and no other.
    private func copied(_ copies: [EventID: Effects]) -> VerifyFinding {
        var faults: [String] = []
        var handled = 0
        var causes: Set<EventID> = []
        for (lane, entries) in logs.lanes where marks.reads(Self.copyist, lane.topic) {
            let at = Int(marks.inboxes[Self.copyist]?[lane]?.sequence ?? 0)
            for (index, entry) in entries.enumerated() {
                causes.insert(entry.eventID)
                guard index < at else { continue }
                handled += 1
                if copies[entry.eventID] == nil {
                    faults.append("\(Self.copyist) lacks number \(index + 1) of \(lane)")
                }
            }
        }
        for (cause, copy) in copies {
            if !causes.contains(cause) {
                faults.append("\(Self.copyist) has a copy of \(cause), which no log published")
            }
            if copy.events > (logs.parts[cause] ?? 1) {
                faults.append("\(Self.copyist) has \(copy.events) copies of \(cause)")
            }
        }
        return VerifyFinding(
            "\(Self.copyist) has one copy of each event that it heard", handled, faults.sorted())
    }
}
