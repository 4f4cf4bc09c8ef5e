internal import Database
internal import EventTypes

/// Units of work as the arrays that `append_units` takes.
struct UnitBatch {
    private let units: [UnitDraft]

    init(_ units: [UnitDraft]) { self.units = units }

    /// The call that commits the units.
    ///
    /// - Parameter isStrict: whether a failing unit fails the call.
    func sql(isStrict: Bool) -> SQL {
        var sql: SQL = "select base, faults from append_units(\(Int32(units.count)), \(isStrict), "
        sql += streams
        sql += ", "
        sql += events
        sql += ", "
        sql += outcomes
        sql += ", "
        sql += claims
        sql += ", "
        sql += advances
        sql += ", "
        sql += timers
        sql += ")"
        return sql
    }

    private var streams: SQL {
        var names: [StreamID: (first: Int64, last: Int64)] = [:]
        for unit in units {
            for stream in unit.streams {
                names[stream.id, default: (stream.expected, stream.expected)].last = stream.version
            }
        }
        let sorted = names.sorted { $0.key < $1.key }
        var places: [StreamID: Int32] = [:]
        places.reserveCapacity(sorted.count)
        for (index, entry) in sorted.enumerated() { places[entry.key] = Int32(index + 1) }

        var unit: [Int32] = []
        var stream: [Int32] = []
        var expected: [Int64] = []
        var count: [Int32] = []
        for (index, draft) in units.enumerated() {
            for one in draft.streams {
                unit.append(Int32(index + 1))
                stream.append(places[one.id] ?? 0)
                expected.append(one.expected)
                count.append(Int32(one.events.count))
            }
        }
        return """
            \(sorted.map(\.key)), \(sorted.map(\.value.first)), \(sorted.map(\.value.last)), \
            \(unit), \(stream), \(expected), \(count)
            """
    }

    private var events: SQL {
        let total = units.reduce(0) { $0 + $1.eventCount }
        var unit: [Int32] = []
        var stream: [StreamID] = []
        var version: [Int64] = []
        var type: [String] = []
        var form: [Int32] = []
        var id: [EventID] = []
        var command: [CommandID?] = []
        var payload: [UTF8Text] = []
        var metadata: [UTF8Text] = []
        unit.reserveCapacity(total)
        stream.reserveCapacity(total)
        version.reserveCapacity(total)
        type.reserveCapacity(total)
        form.reserveCapacity(total)
        id.reserveCapacity(total)
        command.reserveCapacity(total)
        payload.reserveCapacity(total)
        metadata.reserveCapacity(total)
        for (index, draft) in units.enumerated() {
            for one in draft.streams {
                var next = one.expected
                for event in one.events {
                    next += 1
                    unit.append(Int32(index + 1))
                    stream.append(one.id)
                    version.append(next)
                    type.append(event.type.name)
                    form.append(Int32(event.type.version))
                    id.append(event.id)
                    command.append(draft.commandID)
                    payload.append(UTF8Text(bytes: event.payload))
                    metadata.append(UTF8Text(bytes: event.metadataText))
                }
            }
        }
        return """
            \(unit), \(stream), \(version), \(type), \(form), \(id), \(command), \(payload), \
            \(metadata)
            """
    }

    private var outcomes: SQL {
        let all = units.enumerated().compactMap { index, unit in
            unit.outcome.map { (Int32(index + 1), $0, unit.streams.last { !$0.events.isEmpty }) }
        }
        return """
            \(all.map(\.0)), \(all.map(\.1.key.scope)), \(all.map(\.1.key.key)), \
            \(all.map(\.1.key.fingerprint)), \(all.map { UTF8Text(bytes: $0.1.outcome) }), \
            \(all.map(\.1.token)), \(all.map { $0.1.key.lifetime?.seconds }), \
            \(all.map { $0.2?.id.name }), \(all.map { $0.2?.version })
            """
    }

    private var claims: SQL {
        let all = units.enumerated().flatMap { index, unit in
            unit.claims.map { (Int32(index + 1), $0) }
        }
        return """
            \(all.map(\.0)), \(all.map { $0.1.action == .take }), \(all.map(\.1.scope)), \
            \(all.map(\.1.key)), \(all.map(\.1.stream))
            """
    }

    private var advances: SQL {
        let all = units.enumerated().flatMap { index, unit in
            unit.advances.map { (Int32(index + 1), $0) }
        }
        return """
            \(all.map(\.0)), \(all.map(\.1.source)), \(all.map(\.1.topic)), \
            \(all.map { Int16($0.1.slot) }), \(all.map(\.1.from.epoch)), \
            \(all.map(\.1.from.sequence)), \(all.map(\.1.from.position)), \
            \(all.map(\.1.to.epoch)), \(all.map(\.1.to.sequence)), \(all.map(\.1.to.position))
            """
    }

    private var timers: SQL {
        var unit: [Int32] = []
        var kind: [String] = []
        var key: [String] = []
        var due: [Timestamp?] = []
        var payload: [UTF8Text] = []
        for (index, draft) in units.enumerated() {
            for change in draft.timers {
                unit.append(Int32(index + 1))
                switch change {
                case .schedule(let timer):
                    kind.append(timer.kind)
                    key.append(timer.key)
                    due.append(timer.due)
                    payload.append(UTF8Text(bytes: timer.payload))
                case .cancel(let name, let itsKey):
                    kind.append(name)
                    key.append(itsKey)
                    due.append(nil)
                    payload.append(UTF8Text(bytes: []))
                }
            }
        }
        return "\(unit), \(kind), \(key), \(due), \(payload)"
    }
}

/// Bytes that are UTF-8 already, for a column of text.
struct UTF8Text: SQLArrayElement, SQLEncodable {
    let bytes: [UInt8]

    static var sqlType: SQLType { .text }
    static var sqlArrayType: SQLType { .textArray }
    static var sqlElementType: SQLType { .text }

    func encode(to encoder: inout SQLEncoder) {
        encoder.text(String(decoding: bytes, as: UTF8.self))
    }

    func encodeElement(to target: inout [UInt8]) -> Bool {
        target += bytes
        return true
    }
}

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
