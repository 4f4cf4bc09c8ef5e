public import Database
public import EventTypes
internal import JSON
internal import Runtime

/// What one command or one received record changes, gathered to be committed as one.
///
/// Valid inside the body it was given to, which may run more than once: no effects in there but
/// those on the unit.
public final class UnitOfWork {
    /// The most events that one unit may have.
    public static let eventLimit = 10_000

    /// What the events appended from here on carry.
    public var context: CommandContext { didSet { metadataText = nil } }

    private let source: any StreamSource
    private let ids: any IdentifierGenerator
    /// Whether it is thrown away: nobody is going to read what is appended.
    private let isScouting: Bool
    private var streams: [StreamDraft] = []
    /// Where each stream stands, once there are too many to look through.
    private var places: [StreamID: Int] = [:]
    private static let fewStreams = 8
    private var expectations: [StreamID: Int64] = [:]
    private var metadataText: [UInt8]?
    private var draftRest: UnitDraft
    private(set) var isTorn = false
    /// How many streams the database was asked for.
    private(set) var reads = 0

    init(
        _ context: CommandContext, source: any StreamSource, ids: any IdentifierGenerator,
        isScouting: Bool = false
    ) {
        self.context = context
        self.isScouting = isScouting
        self.source = source
        self.ids = ids
        draftRest = UnitDraft(commandID: context.commandID)
    }

    // MARK: Streams

    /// The state of a stream with the events appended in this unit folded in.
    public func load<D: Decider>(
        _ decider: D.Type, _ key: some CustomStringConvertible & Sendable
    ) async throws -> D.State {
        let place = try await open(D.self, D.stream(key))
        return state(D.self, at: place)
    }

    /// The version of a stream after what is appended so far; 0 for one that this unit has not
    /// loaded. The next event appended to it gets the number after.
    public func version(of stream: StreamID) -> Int64 {
        place(of: stream).map { streams[$0].version } ?? 0
    }

    /// Decides on a command with the stream's state and appends the events.
    ///
    /// - Returns: the events, none when the command was done already.
    /// - Throws: the decider's refusal.
    @discardableResult
    public func decide<D: Decider>(
        _ decider: D.Type, _ key: some CustomStringConvertible & Sendable, _ command: D.Command
    ) async throws -> [D.Event] {
        let place = try await open(D.self, D.stream(key))
        let state = state(D.self, at: place)
        let events = try D.decide(command, state)
        try append(D.self, events, to: place, state)
        return events
    }

    /// Takes in a stream whose key was made just now, so that nobody can have written to it,
    /// without asking the database; the commit finds out should it be there after all. No effect
    /// on one that was loaded.
    public func begin<D: Decider>(
        _ decider: D.Type, _ key: some CustomStringConvertible & Sendable
    ) throws {
        let stream = D.stream(key)
        guard place(of: stream) == nil else { return }
        try Self.check(stream)
        add(
            StreamDraft(
                id: stream, expected: 0, states: StreamStates(ObjectIdentifier(D.self), D.initial),
                isNew: true))
    }

    /// Appends events to a stream without asking its decider.
    public func append<D: Decider>(
        _ decider: D.Type, _ key: some CustomStringConvertible & Sendable, _ events: [D.Event]
    ) async throws {
        let place = try await open(D.self, D.stream(key))
        try append(D.self, events, to: place, state(D.self, at: place))
    }

    /// Requires that a stream is at `version` when the unit begins (`If-Match`); otherwise the
    /// commit throws `EventStoreError.expectedVersion`.
    public func expect(_ stream: StreamID, version: Int64) { expectations[stream] = version }

    // MARK: Claims, timers, statements

    /// Takes a unique key for a stream. When another stream has it, the commit throws
    /// `EventStoreError.claimTaken`; a stream may take what it has.
    public func claim(_ scope: String, _ key: String, by stream: StreamID) {
        change(ClaimChange(action: .take, scope: scope, key: key, stream: stream))
    }

    /// Gives a unique key back; no effect when the stream does not have it.
    public func release(_ scope: String, _ key: String, by stream: StreamID) {
        change(ClaimChange(action: .release, scope: scope, key: key, stream: stream))
    }

    private func change(_ claim: ClaimChange) {
        draftRest.claims.removeAll { $0.scope == claim.scope && $0.key == claim.key }
        draftRest.claims.append(claim)
    }

    /// Sets a timer, or moves the one with the same kind and key.
    public func schedule(_ timer: TimerRequest) { draftRest.timers.append(.schedule(timer)) }

    /// Removes a timer; no effect when there is none.
    public func cancelTimer(_ kind: String, _ key: String) {
        draftRest.timers.append(.cancel(kind: kind, key: key))
    }

    /// Runs a statement in the same transaction, after everything else. Rarely needed: such a unit
    /// is not gathered with others.
    public func execute(_ sql: SQL) { draftRest.statements.append(sql) }

    func advance(_ slot: InboxAdvance) { draftRest.advances.append(slot) }
    func finish(_ timer: TimerLease) { draftRest.finishedTimer = timer }

    // MARK: The draft

    /// Everything gathered; with `outcome` when the command has a key by which repeats are known.
    func draft(outcome: [UInt8]) throws -> UnitDraft {
        try checkExpectations()
        var draft = draftRest
        draft.streams = streams + unopenedExpectations
        if let key = context.repeatKey {
            draft.outcome = OutcomeDraft(key: key, outcome: outcome, token: ids.next())
        }
        guard draft.eventCount <= Self.eventLimit else {
            throw EventStoreError.invalid("more than \(Self.eventLimit) events in one unit")
        }
        return draft
    }

    /// What must be true for a refusal to stand: the streams looked at are as they were seen. nil
    /// when the database said so just now.
    func checkDraft() -> UnitDraft? {
        if streams.allSatisfy(\.isFresh) { return nil }
        var draft = UnitDraft()
        draft.streams = streams.map {
            StreamDraft(
                id: $0.id, expected: $0.expected, isFresh: $0.isFresh, epoch: $0.epoch)
        }
        return draft
    }

    /// Throws `expectedVersion` when a stream that was loaded is not at the version expected.
    func checkExpectations() throws {
        for (stream, expected) in expectations {
            guard let place = place(of: stream) else { continue }
            let actual = streams[place].expected
            if actual != expected {
                throw EventStoreError.expectedVersion(stream, expected: expected, actual: actual)
            }
        }
    }

    private var unopenedExpectations: [StreamDraft] {
        expectations.filter { place(of: $0.key) == nil }.sorted { $0.key < $1.key }.map {
            StreamDraft(id: $0.key, expected: $0.value, isExpectation: true)
        }
    }

    // MARK: Opening and folding

    private func open<D: Decider>(_ decider: D.Type, _ stream: StreamID) async throws -> Int {
        let kind = ObjectIdentifier(D.self)
        if let place = place(of: stream), streams[place].states[kind] != nil { return place }
        try Self.check(stream)
        let opened = try await source.open(D.self, stream)
        if opened.isFresh { reads += 1 }
        if let place = place(of: stream) {
            // The stream was opened by another decider: both must have seen the same version.
            if streams[place].expected != opened.version { isTorn = true }
            streams[place].epoch = streams[place].epoch ?? opened.epoch
            var state = opened.state
            for event in streams[place].events {
                D.evolve(&state, try EventCoding.decode(event.type, event.payload, in: stream))
            }
            streams[place].states[kind] = state
            return place
        }
        return add(
            StreamDraft(
                id: stream, expected: opened.version, states: StreamStates(kind, opened.state),
                isFresh: opened.isFresh, epoch: opened.epoch))
    }

    private func place(of stream: StreamID) -> Int? {
        places.isEmpty ? streams.firstIndex { $0.id == stream } : places[stream]
    }

    @discardableResult
    private func add(_ stream: StreamDraft) -> Int {
        streams.append(stream)
        if streams.count == Self.fewStreams + 1 {
            for (place, stream) in streams.enumerated() { places[stream.id] = place }
        } else if !places.isEmpty {
            places[stream.id] = streams.count - 1
        }
        return streams.count - 1
    }

    private func state<D: Decider>(_ decider: D.Type, at place: Int) -> D.State {
        guard let state = streams[place].states[ObjectIdentifier(D.self)] as? D.State else {
            preconditionFailure("the state of a decider has its type")
        }
        return state
    }

    private func append<D: Decider>(
        _ decider: D.Type, _ events: [D.Event], to place: Int, _ before: D.State
    ) throws {
        if events.isEmpty { return }
        var state = before
        for event in events { D.evolve(&state, event) }
        if !isScouting { try write(events, to: place) }
        streams[place].states = StreamStates(ObjectIdentifier(D.self), state)
    }

    private func write(_ events: [some DomainEvent], to place: Int) throws {
        let metadata = try encodedMetadata()
        streams[place].events.reserveCapacity(streams[place].events.count + events.count)
        for event in events {
            let payload = event.payload
            streams[place].events.append(
                NewEvent(
                    id: ids.next(), type: Swift.type(of: payload).eventType,
                    payload: try JSON.encode(payload), fact: payload,
                    metadata: context.metadata, metadataText: metadata))
        }
    }

    private func encodedMetadata() throws -> [UInt8] {
        if let metadataText { return metadataText }
        let text = try context.metadata.text()
        metadataText = text
        return text
    }

    private static func check(_ stream: StreamID) throws {
        guard (1...200).contains(stream.name.utf8.count) else {
            throw EventStoreError.invalid("the name of a stream has 1 to 200 bytes")
        }
    }
}

/// Where units of work find the states of streams.
protocol StreamSource: Sendable {
    func open<D: Decider>(_ decider: D.Type, _ stream: StreamID) async throws -> OpenedStream<
        D.State
    >
}

/// A stream as a unit of work finds it.
struct OpenedStream<State: Sendable>: Sendable {
    let state: State
    let version: Int64
    /// Whether the database said so just now.
    let isFresh: Bool
    /// See `StreamDraft.epoch`.
    var epoch: Int?
}
