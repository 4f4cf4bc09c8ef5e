internal import EventTypes

/// What the process knows of one stream.
struct StreamEntry: Sendable {
    /// As committed.
    var durable: Known
    /// With the events of units that wait or are under way.
    var tip: Known
    /// Units that wait or are under way and write to it.
    var pending = 0
    /// Changes whenever events that were counted on are lost: what was decided on a tip of another
    /// epoch was decided on events that may never have been.
    var epoch: Int
    /// Whether another process is known to have written to it.
    var isStale = false

    /// States at a version, by decider.
    struct Known: Sendable {
        var version: Int64
        var states = StreamStates()
    }

    init(version: Int64, states: StreamStates = StreamStates(), epoch: Int) {
        self.epoch = epoch
        durable = Known(version: version, states: states)
        tip = durable
    }

    /// Forgets what was not committed.
    mutating func reset(isStale: Bool) {
        tip = durable
        pending = 0
        self.isStale = self.isStale || isStale
    }
}

/// The streams that the process worked on lately, at most about `limit` of them.
///
/// Two generations stand in for an order of use: what is used moves to the younger one; when that
/// is half of the limit, the older one is dropped, but for streams with pending units.
struct StreamCache: Sendable {
    let limit: Int
    private var young: [StreamID: StreamEntry] = [:]
    private var old: [StreamID: StreamEntry] = [:]

    init(limit: Int) { self.limit = limit }

    var count: Int { young.count + old.count }

    subscript(stream: StreamID) -> StreamEntry? {
        mutating get {
            if let entry = young[stream] { return entry }
            guard let entry = old.removeValue(forKey: stream) else { return nil }
            insert(entry, stream)
            return entry
        }
        set {
            old[stream] = nil
            if let newValue { insert(newValue, stream) } else { young[stream] = nil }
        }
    }

    /// Looks at an entry, or changes it, in place.
    ///
    /// - Returns: what `body` gives; nil where there is no entry.
    @discardableResult
    mutating func with<R>(_ stream: StreamID, _ body: (inout StreamEntry) -> R) -> R? {
        if let place = young.index(forKey: stream) { return body(&young.values[place]) }
        guard var entry = old.removeValue(forKey: stream) else { return nil }
        defer { insert(entry, stream) }
        return body(&entry)
    }

    private mutating func insert(_ entry: StreamEntry, _ stream: StreamID) {
        young[stream] = entry
        guard young.count > limit / 2 else { return }
        let kept = old.filter { $0.value.pending > 0 }
        old = young
        young = kept
    }
}
