internal import EventTypes

/// The streams and keys of units that are sent together, by their hashes: what has the same hash by
/// chance counts as the same, and then goes with another batch.
struct Footprint: Sendable {
    /// What one unit touches.
    struct Part: Sendable {
        fileprivate let streams: [Int]
        fileprivate let keys: [Int]

        init(_ draft: UnitDraft) {
            streams = draft.streams.map(\.id.hashValue)
            keys = draft.exclusiveKeys.map(\.hashValue)
        }
    }

    private var streams: Set<Int> = []
    private var keys: Set<Int> = []

    mutating func add(_ part: Part) {
        for stream in part.streams { streams.insert(stream) }
        for key in part.keys { keys.insert(key) }
    }

    mutating func formUnion(_ other: Footprint) {
        streams.formUnion(other.streams)
        keys.formUnion(other.keys)
    }

    /// Whether a unit writes to or looks at any of the streams, or has one of the keys.
    func touches(_ part: Part) -> Bool {
        part.streams.contains(where: streams.contains) || !hasNone(of: part)
    }

    /// Whether a unit has none of the keys.
    func hasNone(of part: Part) -> Bool { !part.keys.contains(where: keys.contains) }
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
