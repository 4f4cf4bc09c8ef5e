internal import Database
internal import EventTypes

/// Units of work as the arrays that `append_units` takes. Their parts are looked at by number:
/// copying them is not cheap.
struct UnitBatch {
    private let units: [UnitDraft]

    init(_ units: [UnitDraft]) { self.units = units }

    private static let call = SQL.Template(
        "select base, faults, recorded_at from append_units(", values: 47, ")")

    /// The call that commits the units.
    ///
    /// - Parameter isStrict: whether a failing unit fails the call.
    func sql(isStrict: Bool) -> SQL {
        SQL(Self.call) { values in
            values.bind(Int32(units.count))
            values.bind(isStrict)
            bindStreams(&values)
            bindEvents(&values)
            bindOutcomes(&values)
            bindClaims(&values)
            bindAdvances(&values)
            bindTimers(&values)
        }
    }

    private func bindStreams(_ values: inout SQL.Values) {
        // Each stream once, numbered as it is met.
        var numbers: [StreamID: Int] = [:]
        var names: [(id: StreamID, first: Int64, last: Int64)] = []
        var unit: [Int32] = []
        var met: [Int] = []
        var expected: [Int64] = []
        var count: [Int32] = []
        for index in units.indices {
            let drafts = units[index].streams
            for place in drafts.indices {
                let number = numbers[drafts[place].id] ?? names.count
                if number == names.count {
                    numbers[drafts[place].id] = number
                    names.append(
                        (drafts[place].id, drafts[place].expected, drafts[place].version))
                } else {
                    names[number].last = drafts[place].version
                }
                unit.append(Int32(index + 1))
                met.append(number)
                expected.append(drafts[place].expected)
                count.append(Int32(drafts[place].events.count))
            }
        }
        let order = names.indices.sorted { names[$0].id < names[$1].id }
        var places = [Int32](repeating: 0, count: names.count)
        for (place, number) in order.enumerated() { places[number] = Int32(place + 1) }
        values.bind(order.map { names[$0].id })
        values.bind(order.map { names[$0].first })
        values.bind(order.map { names[$0].last })
        values.bind(unit)
        values.bind(met.map { places[$0] })
        values.bind(expected)
        values.bind(count)
    }

    private func bindEvents(_ values: inout SQL.Values) {
        let total = units.indices.reduce(0) { $0 + units[$1].eventCount }
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
        for index in units.indices {
            let drafts = units[index].streams
            for place in drafts.indices {
                var next = drafts[place].expected
                for event in drafts[place].events {
                    next += 1
                    unit.append(Int32(index + 1))
                    stream.append(drafts[place].id)
                    version.append(next)
                    type.append(event.type.name)
                    form.append(Int32(event.type.version))
                    id.append(event.id)
                    command.append(units[index].commandID)
                    payload.append(UTF8Text(bytes: event.payload))
                    metadata.append(UTF8Text(bytes: event.metadataText))
                }
            }
        }
        values.bind(unit)
        values.bind(stream)
        values.bind(version)
        values.bind(type)
        values.bind(form)
        values.bind(id)
        values.bind(command)
        values.bind(payload)
        values.bind(metadata)
    }

    private func bindOutcomes(_ values: inout SQL.Values) {
        let numbers = units.indices.filter { units[$0].outcome != nil }
        let outcomes = numbers.compactMap { units[$0].outcome }
        let last = numbers.map { number in
            let drafts = units[number].streams
            return drafts.lastIndex { !$0.events.isEmpty }.map {
                (name: drafts[$0].id.name, version: drafts[$0].version)
            }
        }
        values.bind(numbers.map { Int32($0 + 1) })
        values.bind(outcomes.map(\.key.scope))
        values.bind(outcomes.map(\.key.key))
        values.bind(outcomes.map(\.key.fingerprint))
        values.bind(outcomes.map { UTF8Text(bytes: $0.outcome) })
        values.bind(outcomes.map(\.token))
        values.bind(outcomes.map { $0.key.lifetime?.seconds })
        values.bind(last.map { $0?.name })
        values.bind(last.map { $0?.version })
    }

    private func bindClaims(_ values: inout SQL.Values) {
        let all = units.indices.flatMap { index in
            units[index].claims.map { (Int32(index + 1), $0) }
        }
        values.bind(all.map(\.0))
        values.bind(all.map { $0.1.action == .take })
        values.bind(all.map(\.1.scope))
        values.bind(all.map(\.1.key))
        values.bind(all.map(\.1.stream))
    }

    private func bindAdvances(_ values: inout SQL.Values) {
        let all = units.indices.flatMap { index in
            units[index].advances.map { (Int32(index + 1), $0) }
        }
        values.bind(all.map(\.0))
        values.bind(all.map(\.1.source))
        values.bind(all.map(\.1.topic))
        values.bind(all.map { Int16($0.1.slot) })
        values.bind(all.map(\.1.from.epoch))
        values.bind(all.map(\.1.from.sequence))
        values.bind(all.map(\.1.from.position))
        values.bind(all.map(\.1.to.epoch))
        values.bind(all.map(\.1.to.sequence))
        values.bind(all.map(\.1.to.position))
    }

    private func bindTimers(_ values: inout SQL.Values) {
        var unit: [Int32] = []
        var kind: [String] = []
        var key: [String] = []
        var due: [Timestamp?] = []
        var payload: [UTF8Text] = []
        for index in units.indices {
            for change in units[index].timers {
                unit.append(Int32(index + 1))
                switch change {
                case .schedule(let timer):
                    kind.append(timer.kind)
                    key.append(timer.key)
                    due.append(timer.due ?? .beforeAll)
                    payload.append(UTF8Text(bytes: timer.payload))
                case .cancel(let name, let itsKey):
                    kind.append(name)
                    key.append(itsKey)
                    due.append(nil)
                    payload.append(UTF8Text(bytes: []))
                }
            }
        }
        values.bind(unit)
        values.bind(kind)
        values.bind(key)
        values.bind(due)
        values.bind(payload)
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
