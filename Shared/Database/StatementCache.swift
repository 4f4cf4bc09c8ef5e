/// Which statements one connection keeps prepared, by their text: from the second use on, at most
/// `capacity`, the longest unused give way.
struct StatementCache {
    /// One statement that the server knows by name.
    final class Prepared {
        let name: String
        let types: [SQLType]
        /// Known after the first result.
        var layout: ColumnLayout?
        /// Whether the server has confirmed it.
        var isReady = false

        init(name: String, types: [SQLType]) {
            self.name = name
            self.types = types
        }
    }

    enum Plan {
        /// Send it with its text.
        case direct
        /// Prepare it first, under this name.
        case prepare(Prepared)
        /// It is prepared.
        case execute(Prepared)
    }

    private struct Entry {
        var prepared: Prepared?
        var lastUse: Int
    }

    private let capacity: Int
    private var entries: [String: Entry] = [:]
    private var uses = 0
    private var names = 0
    /// Names to deallocate once no transaction is open.
    private(set) var evicted: [String] = []

    init(capacity: Int) { self.capacity = capacity }

    mutating func plan(for sql: SQL) -> Plan {
        guard capacity > 0 else { return .direct }
        uses += 1
        guard let index = entries.index(forKey: sql.text) else {
            makeRoom()
            entries[sql.text] = Entry(prepared: nil, lastUse: uses)
            return .direct
        }
        entries.values[index].lastUse = uses
        if let prepared = entries.values[index].prepared {
            return prepared.isReady && prepared.matches(sql) ? .execute(prepared) : .direct
        }
        names += 1
        let prepared = Prepared(name: "s\(names)", types: sql.parameters.types)
        entries.values[index].prepared = prepared
        return .prepare(prepared)
    }

    /// The server has prepared it.
    mutating func confirm(_ prepared: Prepared, text: String) {
        prepared.isReady = true
        // It gave way while it was under way.
        if entries[text]?.prepared !== prepared { evicted.append(prepared.name) }
    }

    /// Forgets a statement that the server refused or has no plan for any more.
    mutating func forget(_ prepared: Prepared, text: String, isKnownToServer: Bool) {
        if entries[text]?.prepared === prepared { entries[text] = nil }
        if isKnownToServer { evicted.append(prepared.name) }
    }

    mutating func takeEvicted() -> [String] {
        defer { evicted = [] }
        return evicted
    }

    private mutating func makeRoom() {
        guard entries.count >= capacity else { return }
        guard let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
        entries[oldest.key] = nil
        if let prepared = oldest.value.prepared, prepared.isReady { evicted.append(prepared.name) }
    }
}

extension StatementCache.Prepared {
    func matches(_ sql: SQL) -> Bool {
        let entries = sql.parameters.entries
        guard types.count == entries.count else { return false }
        for index in types.indices where types[index] != entries[index].type { return false }
        return true
    }
}
