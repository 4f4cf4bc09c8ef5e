internal import EventTypes

/// The streams and keys of units that are sent together.
struct Footprint: Sendable {
    private var streams: Set<StreamID> = []
    private var keys: Set<ExclusiveKey> = []

    mutating func add(_ draft: UnitDraft, _ own: [ExclusiveKey]) {
        for stream in draft.streams { streams.insert(stream.id) }
        keys.formUnion(own)
    }

    mutating func formUnion(_ other: Footprint) {
        streams.formUnion(other.streams)
        keys.formUnion(other.keys)
    }

    /// Whether a unit writes to or looks at any of the streams, or has one of the keys.
    func touches(_ draft: UnitDraft, _ own: [ExclusiveKey]) -> Bool {
        draft.streams.contains { streams.contains($0.id) } || !hasNone(of: own)
    }

    func hasNone(of own: [ExclusiveKey]) -> Bool { keys.isDisjoint(with: own) }
}

/// Something that one statement cannot touch twice.
enum ExclusiveKey: Hashable {
    case claim(scope: String, key: String)
    case outcome(scope: String, key: String)
    case timer(kind: String, key: String)
    case slot(source: String, topic: String, slot: Int)
}

extension UnitDraft {
    /// Whether it is sent in a transaction of its own.
    var isAlone: Bool { !statements.isEmpty || finishedTimer != nil }

    var writtenStreams: [StreamID] { streams.filter { !$0.events.isEmpty }.map(\.id) }

    var exclusiveKeys: [ExclusiveKey] {
        var keys: [ExclusiveKey] = []
        if let key = outcome?.key { keys.append(.outcome(scope: key.scope, key: key.key)) }
        keys += claims.map { .claim(scope: $0.scope, key: $0.key) }
        keys += timers.map {
            switch $0 {
            case .schedule(let timer): .timer(kind: timer.kind, key: timer.key)
            case .cancel(let kind, let key): .timer(kind: kind, key: key)
            }
        }
        keys += advances.map { .slot(source: $0.source, topic: $0.topic, slot: $0.slot) }
        return keys
    }
}
