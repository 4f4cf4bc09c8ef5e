internal import Database
internal import EventTypes

/// What a unit of work gathered, ready to be committed.
struct UnitDraft: Sendable {
    /// In the order in which they were opened.
    var streams: [StreamDraft] = []
    var claims: [ClaimChange] = []
    var outcome: OutcomeDraft?
    var timers: [TimerChange] = []
    var finishedTimer: TimerLease?
    var statements: [SQL] = []
    var advances: [InboxAdvance] = []
    let commandID: CommandID?

    init(commandID: CommandID? = nil) { self.commandID = commandID }

    // By number: a unit of a whole batch has hundreds of streams, none of them cheap to copy.

    var eventCount: Int { streams.indices.reduce(0) { $0 + streams[$1].events.count } }

    /// Whether it only makes sure that nothing has changed.
    var isCheckOnly: Bool {
        eventCount == 0 && claims.isEmpty && outcome == nil && timers.isEmpty
            && statements.isEmpty && advances.isEmpty && finishedTimer == nil
    }

    var byteCount: Int {
        var count = 0
        for index in streams.indices {
            for event in streams[index].events.indices {
                count += streams[index].events[event].payload.count + 200
            }
        }
        return count
    }
}

/// One stream of a unit: the version it must be at, and what is added.
struct StreamDraft: Sendable {
    let id: StreamID
    var expected: Int64
    var events: [NewEvent] = []
    /// States by decider at the version after `events`.
    var states = StreamStates()
    /// Whether the state came from the database in this very attempt.
    var isFresh = false
    /// Which of the process's accounts of the stream the state came from; nil for the database's.
    var epoch: Int?
    /// Whether it begins here, and is likely to end here.
    var isNew = false
    /// Whether only the caller's expectation brought it in.
    var isExpectation = false

    var version: Int64 { expected + Int64(events.count) }
}

/// An event that has no position yet.
final class NewEvent: Sendable {
    let id: EventID
    let type: EventType
    let payload: [UInt8]
    /// What `payload` says; nil where it is not at hand.
    let fact: (any EventPayload)?
    let metadata: EventMetadata
    let metadataText: [UInt8]

    init(
        id: EventID, type: EventType, payload: [UInt8], fact: (any EventPayload)? = nil,
        metadata: EventMetadata, metadataText: [UInt8]
    ) {
        self.id = id
        self.type = type
        self.payload = payload
        self.fact = fact
        self.metadata = metadata
        self.metadataText = metadataText
    }
}

struct ClaimChange: Sendable, Hashable {
    enum Action: Sendable { case take, release }
    let action: Action
    let scope: String
    let key: String
    let stream: StreamID
}

struct OutcomeDraft: Sendable {
    let key: IdempotencyKey
    let outcome: [UInt8]
    /// Tells this attempt's row from another's.
    let token: EventID
}

enum TimerChange: Sendable {
    case schedule(TimerRequest)
    case cancel(kind: String, key: String)
}

/// A due timer in the hands of a worker.
struct TimerLease: Sendable, Hashable {
    let kind: String
    let key: String
    let lease: EventID
}

/// How far one slot of a source was applied.
struct SlotPosition: Sendable, Hashable {
    var epoch: Int64 = 0
    var sequence: Int64 = 0
    var position: Int64 = 0
}

struct InboxAdvance: Sendable, Hashable {
    let source: String
    let topic: String
    let slot: Int
    let from: SlotPosition
    let to: SlotPosition
}

/// What became of a unit.
enum UnitOutcome: Sendable {
    /// The position of its last event, 0 without events.
    case committed(Int64)
    case conflict(StreamID, actual: Int64)
    /// Another unit of this process went before, or failed before: the body runs again at once.
    case movedOn
    case claimTaken(scope: String, key: String, by: StreamID)
    case duplicate(StoredOutcome)
    case positionMoved
    case timerGone
    case failed(any Error)
}

/// The outcome of a command that was done.
struct StoredOutcome: Sendable {
    let fingerprint: [UInt8]
    let outcome: [UInt8]
    let position: Int64
}
