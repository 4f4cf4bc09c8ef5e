internal import Database
internal import EventTypes
internal import Runtime

extension PostgresEventStore {
    /// Commits units in one round trip, or as few as faults allow.
    func send(_ units: [UnitDraft]) async -> [UnitOutcome] {
        var sending = BatchSending(units)
        while true {
            do {
                switch sending.next() {
                case .done(let outcomes): return outcomes
                case .send(let units, let delay):
                    if delay > .zero { try? await loop.sleep(for: delay) }
                    sending.answered(try await attempt(units))
                case .lookUp(let units, let delay):
                    if delay > .zero { try? await loop.sleep(for: delay) }
                    sending.answered(try await lookUp(units))
                }
            } catch {
                let fault = Self.fault(error)
                if fault == .unknown {
                    logger.warning(
                        "the connection was lost during a commit, looking up what became of it")
                }
                sending.failed(fault, error)
            }
        }
    }

    private static func fault(_ error: any Error) -> BatchSending.Fault {
        guard let error = error as? DatabaseError else { return .final }
        if error.isOutcomeUnknown { return .unknown }
        if error.isRetriable { return .passing }
        return error.code == .server || error.code == .invalidParameter ? .refused : .final
    }

    private func attempt(_ units: [UnitDraft]) async throws -> [UnitOutcome] {
        if units.count == 1, let one = OneEvent(units[0]) {
            let base: Int64? = try await pool.query(one.sql).first?.get(0)
            if let base { return [.committed(base + 1)] }
        }
        let before = units.count == 1 ? units[0].statementsBefore : []
        let after = units.count == 1 ? units[0].statements : []
        let isAlone = !before.isEmpty || !after.isEmpty
        let call = UnitBatch(units).sql(isStrict: isAlone)
        if !isAlone {
            return try outcomes(of: units, try await pool.query(call))
        }
        do {
            let rows = try await pool.pipeline(before + [call] + after)
            return try outcomes(of: units, rows[before.count])
        } catch let error as DatabaseError where error.sqlState == "SK001" {
            let faults = try UnitFault.list(error.detail ?? "[]")
            return [faults.first?.asOutcome ?? .failed(error)]
        } catch let error as DatabaseError where error.sqlState == "SK003" {
            return [.timerGone]
        } catch let error as DatabaseError where error.sqlState == "SK004" {
            return [.positionMoved]
        }
    }

    private func outcomes(of units: [UnitDraft], _ rows: [Row]) throws -> [UnitOutcome] {
        guard let row = rows.first else {
            throw DatabaseError(.protocolViolation, "append_units returned no row")
        }
        var position: Int64 = try row.get(0)
        let text: String? = try row.get(1)
        var faults: [Int: UnitFault] = [:]
        for fault in try text.map(UnitFault.list) ?? [] { faults[fault.unit] = fault }
        let recordedAt: Timestamp = try row.get(2)
        var events: [RecordedEvent] = []
        let outcomes = units.indices.map { index -> UnitOutcome in
            if let fault = faults[index + 1] { return fault.asOutcome }
            let before = position
            units[index].record(after: &position, at: recordedAt, into: &events)
            return .committed(position == before ? 0 : position)
        }
        let upcasters = upcasters
        desk.put(upcasters.isEmpty ? events : try events.map { try $0.lifted(by: upcasters) })
        return outcomes
    }

    // MARK: After a lost connection

    /// Finds out which units were committed when the connection was lost under way.
    private func lookUp(_ units: [UnitDraft]) async throws -> [UnitOutcome] {
        try await pool.withTransaction { connection in
            // Whoever holds this row is still committing: wait for the outcome.
            _ = try await connection.query("select 1 from log_head where only_row for update")
            var found: [UnitOutcome] = []
            for unit in units {
                if let position = try await committed(unit, connection) {
                    found.append(.committed(position))
                } else if unit.outcome != nil || unit.isCheckOnly {
                    // Doing it again is safe: the key tells a repeat.
                    found.append(.movedOn)
                } else {
                    found.append(.failed(EventStoreError.outcomeUnknown))
                }
            }
            return found
        }
    }

    /// - Returns: the position of the unit's last event, 0 without events; nil when it is not
    ///   there.
    private func committed(_ unit: UnitDraft, _ connection: Connection) async throws -> Int64? {
        if let stream = unit.streams.last(where: { !$0.events.isEmpty }),
            let last = stream.events.last
        {
            return try await connection.query(
                """
                select position from event where stream = \(stream.id)::text
                    and version = \(stream.version) and id = \(last.id)
                """
            ).first?.get(0)
        }
        guard let outcome = unit.outcome else { return nil }
        let rows = try await connection.query(
            """
            select 1 from command_outcome where scope = \(outcome.key.scope)::text
                and key = \(outcome.key.key)::text and token = \(outcome.token)
            """)
        return rows.isEmpty ? nil : 0
    }
}

extension UnitDraft {
    /// Its events as they stand in the log now.
    ///
    /// - Parameter position: the last one before them; the last one of them afterwards.
    fileprivate func record(
        after position: inout Int64, at time: Timestamp, into events: inout [RecordedEvent]
    ) {
        for index in streams.indices {
            var version = streams[index].expected
            for event in streams[index].events {
                position += 1
                version += 1
                events.append(
                    RecordedEvent(
                        position: position, stream: streams[index].id, version: version,
                        type: event.type, id: event.id, recordedAt: time,
                        payload: event.payload, source: .text(event.metadataText),
                        fact: event.fact))
            }
        }
    }

    /// What runs ahead of the unit in the same transaction: a handler may set its timer anew.
    var statementsBefore: [SQL] {
        guard let timer = finishedTimer else { return [] }
        return [
            """
            select finish_timer(\(timer.kind)::text, \(timer.key)::text, \(timer.lease))
            """
        ]
    }
}
