import EventTypes
import TestSupport

@testable import EventStore

/// Two processes that gather units of work and commit them to one log, and somebody who follows it.
///
/// Some units only look at a stream that they rest on. Faults: processes are cut off, connections
/// are lost before, during and after a commit (the server may still carry out what it has got), the
/// server has passing faults, or refuses a whole batch because of one unit.
struct AppendWorld: World {
    enum Flaw: String, CaseIterable {
        case answeredBeforeCommit, positionBeforeLock, versionNotCompared, sentAgainWhenUnknown
        case epochNotCompared, dependentsSentAlong, strangersStreamMoved
    }

    static let turns = 200

    let flaw: Flaw?
    var queues: [CommitQueue<Int>]
    /// What each process has under way: batches by number, and how they are sent.
    var sendings: [[Int: (batch: CommitQueue<Int>.Batch, sending: BatchSending)]] = [[:], [:]]
    var calls: [ServerCall] = []
    var lastCall = 0
    var server: ModelServer
    var callers: [Caller]
    var followed: [EventID] = []
    var followedTo: Int64 = 0

    init(_ flaw: Flaw?, _ run: inout Run) {
        self.flaw = flaw
        server = ModelServer(flaw)
        let limits = CommitLimits(
            waiting: 8, batchUnits: 1 + run.pick(5), overlapWeight: run.strikes(50) ? 1 : 8,
            streams: 4)
        queues = (0..<2).map { _ in
            var queue = CommitQueue<Int>(limits: limits)
            queue.open()
            return queue
        }
        callers = (0..<6).map { number in Caller(number: number, commands: 1 + run.pick(3)) }
    }

    mutating func step(_ run: inout Run) throws(Violation) {
        switch run.pick(12) {
        case 0, 1, 2, 3: try call(run.pick(callers.count), &run)
        case 4, 5: try send(run.pick(2), &run)
        case 6, 7, 8: if !calls.isEmpty { try serve(run.pick(calls.count), &run) }
        case 9: if !calls.isEmpty { try answer(run.pick(calls.count), &run) }
        case 10: follow()
        default: if !run.isCalm { try disturb(&run) }
        }
    }

    private mutating func follow() {
        for entry in server.read(after: followedTo, limit: 3) {
            followed.append(entry.id)
            followedTo = entry.position
        }
    }

    private mutating func disturb(_ run: inout Run) throws(Violation) {
        if run.strikes(50), !calls.isEmpty { return try cut(run.pick(calls.count), &run) }
        guard run.strikes(20) else { return }
        let process = run.pick(2)
        run.say("process \(process + 1) is killed")
        var queue = CommitQueue<Int>(limits: queues[process].limits)
        queue.open()
        queues[process] = queue
        sendings[process] = [:]
        calls.removeAll { $0.process == process && $0.phase == .ended }
        for index in calls.indices where calls[index].process == process {
            calls[index].process = nil
        }
        for number in callers.indices where callers[number].process == process {
            try settle(number, .failed(EventStoreError.outcomeUnknown), &run)
        }
    }

    var isAtRest: Bool {
        callers.allSatisfy(\.isDone) && calls.isEmpty && followed.count == server.log.count
    }

    func check() throws(Violation) {
        if followed != server.log.sorted(by: { $0.position < $1.position }).map(\.id) {
            throw Violation("whoever followed the log has not seen every event")
        }
        for caller in callers {
            for (command, fate) in caller.fates {
                let count = server.applied[command] ?? 0
                let isRight =
                    switch fate {
                    case .done: count == (caller.onlyLooks ? 0 : 1)
                    case .failed: count == 0
                    case .unknown: count <= 1
                    }
                if !isRight { throw Violation("command \(command) is \(fate), and \(count) times") }
            }
        }
    }
}

/// The sum of a stream, and of everything that happened in it.
struct Fold: Sendable, Equatable {
    var version: Int64 = 0
    var trace: UInt64 = 0

    mutating func add(_ id: EventID) {
        version += 1
        trace = trace &* 31 &+ id.high &* 7 &+ id.low
    }
}

/// The only kind of state in this world.
private let foldKind = ObjectIdentifier(AppendWorld.self)

/// Somebody who gives commands, one after the other, as `UnitRunner` carries them out.
struct Caller {
    enum Fate { case done, failed, unknown }

    let number: Int
    let commands: Int
    /// The command at hand, from 1.
    var command = 1
    var attempt: UInt64 = 0
    var process: Int?
    var isWaiting = false
    var opened: [StreamDraft] = []
    /// A state that was read and is not taken in yet.
    var fetched: (stream: StreamID, state: Fold)?
    var fates: [(UInt64, Fate)] = []

    init(number: Int, commands: Int) {
        self.number = number
        self.commands = commands
    }

    var isDone: Bool { command > commands }
    var id: UInt64 { UInt64(number * 10 + command) }
    var key: IdempotencyKey? {
        number.isMultiple(of: 2) && !onlyLooks
            ? IdempotencyKey(scope: "test", key: "\(id)", fingerprint: [1], lifetime: nil) : nil
    }
    /// A unit that the server cannot take at all.
    var isPoison: Bool { number == 3 && command == 1 }
    /// Its units make sure of something and add nothing.
    var onlyLooks: Bool { number >= 4 }
    func looks(at place: Int) -> Bool { onlyLooks || number.isMultiple(of: 2) && place == 1 }
    var streams: [StreamID] {
        let names = [StreamID("a"), StreamID("b"), StreamID("c")]
        let first = (number + command) % 3
        return command == 2 ? [names[first], names[(first + 1) % 3]] : [names[first]]
    }

    mutating func end(_ fate: Fate) {
        fates.append((id, fate))
        command += 1
        again()
    }

    mutating func again() {
        process = nil
        isWaiting = false
        opened = []
        fetched = nil
    }
}

extension AppendWorld {
    // MARK: Callers

    private mutating func call(_ number: Int, _ run: inout Run) throws(Violation) {
        guard !callers[number].isDone, !callers[number].isWaiting else { return }
        let process = callers[number].process ?? run.pick(2)
        callers[number].process = process
        if let (stream, state) = callers[number].fetched {
            callers[number].fetched = nil
            queues[process].install(foldKind, of: stream, state, version: state.version)
            return open(number, stream, state, epoch: nil)
        }
        let wanted = callers[number].streams
        if callers[number].opened.count < wanted.count {
            let stream = wanted[callers[number].opened.count]
            if let known = queues[process].state(foldKind, of: stream, as: Fold.self) {
                let epoch = flaw == .epochNotCompared ? nil : known.epoch
                open(number, stream, known.state, epoch: epoch)
            } else {
                callers[number].fetched = (stream, server.folds[stream] ?? Fold())
            }
            return
        }
        try submit(number, process, &run)
    }

    private mutating func open(
        _ number: Int, _ stream: StreamID, _ state: Fold, epoch: Int?
    ) {
        callers[number].opened.append(
            StreamDraft(
                id: stream, expected: state.version, states: StreamStates(foldKind, state),
                isFresh: epoch == nil,
                epoch: epoch))
    }

    private mutating func submit(
        _ number: Int, _ process: Int, _ run: inout Run
    ) throws(Violation) {
        callers[number].attempt += 1
        let caller = callers[number]
        var draft = UnitDraft()
        draft.streams = caller.opened.enumerated().map { place, stream in
            var stream = stream
            if caller.looks(at: place) { return stream }
            let id = EventID(high: caller.id, low: caller.attempt << 8 | UInt64(place))
            var state = stream.states[foldKind] as? Fold ?? Fold()
            state.add(id)
            stream.events = [
                NewEvent(
                    id: id, type: EventType(caller.isPoison ? "test.poison" : "test.added"),
                    payload: [],
                    metadata: EventMetadata(correlationID: CorrelationID(high: 1, low: 1)),
                    metadataText: [])
            ]
            stream.states = StreamStates(foldKind, state)
            return stream
        }
        if let key = caller.key {
            draft.outcome = OutcomeDraft(
                key: key, outcome: [], token: EventID(high: caller.id, low: caller.attempt))
        }
        run.say(
            "command \(caller.id) goes to process \(process + 1), decided on "
                + "\(caller.opened.map { "\($0.id.name) at \($0.expected)" })")
        callers[number].isWaiting = true
        if let outcome = queues[process].submit(.init(draft: draft, answer: number)) {
            try settle(number, outcome, &run)
        }
    }

    /// A caller learns what became of the unit.
    private mutating func settle(
        _ number: Int, _ outcome: UnitOutcome, _ run: inout Run
    ) throws(Violation) {
        let caller = callers[number]
        if caller.isDone { return }
        run.say("command \(caller.id) is answered: \(outcome.label)")
        switch outcome {
        case .committed(let position):
            let isThere =
                caller.onlyLooks
                || server.log.contains { $0.position == position && $0.id.high == caller.id }
            guard isThere else {
                throw Violation("command \(caller.id) is answered and not in the log")
            }
            callers[number].end(.done)
        case .duplicate: callers[number].end(.done)
        case .failed(EventStoreError.outcomeUnknown):
            if caller.key == nil, caller.isWaiting {
                callers[number].end(.unknown)
            } else {
                callers[number].again()
            }
        case .failed(EventStoreError.overloaded): callers[number].again()
        case .failed:
            if caller.isPoison || caller.key == nil {
                callers[number].end(.failed)
            } else {
                callers[number].again()
            }
        case .conflict, .movedOn, .positionMoved, .timerGone, .claimTaken:
            callers[number].again()
        }
    }

    // MARK: Processes

    private mutating func send(_ process: Int, _ run: inout Run) throws(Violation) {
        guard let batch = queues[process].takeBatch() else { return }
        run.say(
            "process \(process + 1) sends commands \(batch.entries.map { callers[$0.answer].id })")
        sendings[process][batch.number] = (batch, BatchSending(batch.entries.map(\.draft)))
        if flaw == .dependentsSentAlong { _ = queues[process].finish(batch, []) }
        if flaw == .answeredBeforeCommit {
            for entry in batch.entries {
                try settle(entry.answer, .committed(server.head + 1), &run)
            }
        }
        try goOn(process, batch.number, &run)
    }

    private mutating func goOn(
        _ process: Int, _ number: Int, _ run: inout Run
    ) throws(Violation) {
        guard let action = sendings[process][number]?.sending.next() else { return }
        lastCall += 1
        switch action {
        case .send(let units, _):
            calls.append(ServerCall(lastCall, process, number, units, isLookUp: false))
        case .lookUp(let units, _):
            calls.append(ServerCall(lastCall, process, number, units, isLookUp: true))
        case .done(let outcomes):
            guard let (batch, _) = sendings[process].removeValue(forKey: number) else { return }
            for (entry, outcome) in queues[process].finish(batch, outcomes) {
                try settle(entry.answer, outcome, &run)
            }
        }
    }

    // MARK: The server

    /// A call makes its way through the server: it gets the lock of the log, then it commits.
    private mutating func serve(_ index: Int, _ run: inout Run) throws(Violation) {
        switch calls[index].phase {
        case .sent:
            if flaw != .positionBeforeLock, server.lock != nil { return }
            server.lock = calls[index].id
            calls[index].phase = .locked
            calls[index].base = server.take(calls[index].units)
        case .locked:
            calls[index].reply = try reply(calls[index], &run)
            calls[index].phase = .ended
            if server.lock == calls[index].id { server.lock = nil }
            if calls[index].process == nil { calls.remove(at: index) }
        case .ended: try answer(index, &run)
        }
    }

    private mutating func reply(
        _ call: ServerCall, _ run: inout Run
    ) throws(Violation) -> ServerCall.Reply {
        if call.isLookUp { return .outcomes(call.units.map { server.lookUp($0) }) }
        if call.units.contains(where: \.isPoison) { return .failed(.refused) }
        if run.strikes(5) { return .failed(.passing) }
        let outcomes = try server.append(call.units, at: call.base)
        run.say("the server commits call \(call.id): \(outcomes.map(\.label))")
        return .outcomes(outcomes)
    }

    /// The reply reaches the process.
    private mutating func answer(_ index: Int, _ run: inout Run) throws(Violation) {
        guard let reply = calls[index].reply, let process = calls[index].process else { return }
        let number = calls[index].batch
        calls.remove(at: index)
        switch reply {
        case .outcomes(let outcomes): sendings[process][number]?.sending.answered(outcomes)
        case .failed(let fault):
            sendings[process][number]?.sending.failed(fault, EventStoreError.closed)
        }
        try goOn(process, number, &run)
    }

    /// The connection of a call is lost. What the server has got, it may still carry out.
    private mutating func cut(_ index: Int, _ run: inout Run) throws(Violation) {
        guard let process = calls[index].process else { return }
        let call = calls[index]
        let wasSent = call.phase != .sent || run.strikes(60)
        run.say("the connection of call \(call.id) is lost\(wasSent ? " under way" : "")")
        let goesOn = wasSent && call.phase != .ended && run.strikes(60)
        if goesOn {
            calls[index].process = nil
        } else {
            if server.lock == call.id { server.lock = nil }
            calls.remove(at: index)
        }
        let isUnknown = wasSent && flaw != .sentAgainWhenUnknown
        sendings[process][call.batch]?.sending
            .failed(isUnknown ? .unknown : .passing, EventStoreError.closed)
        try goOn(process, call.batch, &run)
    }
}

/// A statement on its way to the server and back.
struct ServerCall {
    enum Phase { case sent, locked, ended }
    enum Reply {
        case outcomes([UnitOutcome])
        case failed(BatchSending.Fault)
    }

    let id: Int
    /// Who waits for it; nil when nobody does any more.
    var process: Int?
    let batch: Int
    let units: [UnitDraft]
    let isLookUp: Bool
    var phase = Phase.sent
    var base: Int64 = 0
    var reply: Reply?

    init(_ id: Int, _ process: Int, _ batch: Int, _ units: [UnitDraft], isLookUp: Bool) {
        self.id = id
        self.process = process
        self.batch = batch
        self.units = units
        self.isLookUp = isLookUp
    }
}

extension UnitDraft {
    fileprivate var isPoison: Bool {
        streams.contains { $0.events.contains { $0.type.name == "test.poison" } }
    }
}

/// The log in the database: what `append_units` promises.
struct ModelServer {
    struct Entry {
        let position: Int64
        let id: EventID
    }

    let flaw: AppendWorld.Flaw?
    /// The call that holds the row of the log's head.
    var lock: Int?
    var log: [Entry] = []
    /// What the events come to.
    var folds: [StreamID: Fold] = [:]
    /// What the table of streams says.
    private var versions: [StreamID: Int64] = [:]
    var applied: [UInt64: Int] = [:]
    private var given: Int64 = 0
    private var outcomes: [String: EventID] = [:]

    init(_ flaw: AppendWorld.Flaw?) { self.flaw = flaw }

    var head: Int64 { Int64(log.count) }

    func read(after position: Int64, limit: Int) -> [Entry] {
        if flaw != .positionBeforeLock {
            return Array(log.dropFirst(Int(position)).prefix(limit))
        }
        return Array(
            log.filter { $0.position > position }.sorted { $0.position < $1.position }
                .prefix(limit))
    }

    /// The position before the first event of a call that has the lock.
    mutating func take(_ units: [UnitDraft]) -> Int64 {
        if flaw != .positionBeforeLock { return head }
        given += Int64(units.reduce(0) { $0 + $1.eventCount })
        return given - Int64(units.reduce(0) { $0 + $1.eventCount })
    }

    mutating func append(
        _ units: [UnitDraft], at base: Int64
    ) throws(Violation) -> [UnitOutcome] {
        var position = base
        var now = versions
        let ours = moveStreams(of: units)
        var lost: Set<StreamID> = []
        var answers: [UnitOutcome] = []
        for unit in units {
            if let refusal = refusal(of: unit, now, ours, lost) {
                lost.formUnion(unit.writtenStreams)
                answers.append(refusal)
                continue
            }
            if let outcome = unit.outcome { outcomes[outcome.key.key] = outcome.token }
            for stream in unit.streams {
                for event in stream.events {
                    position += 1
                    log.append(Entry(position: position, id: event.id))
                    folds[stream.id, default: Fold()].add(event.id)
                }
                if stream.states[foldKind] as? Fold != folds[stream.id, default: Fold()] {
                    throw Violation("\(stream.id.name) was decided on a state that it never had")
                }
                now[stream.id] = stream.version
            }
            if let event = unit.streams.lazy.compactMap(\.events.first).first {
                applied[event.id.high, default: 0] += 1
            }
            answers.append(.committed(unit.eventCount == 0 ? 0 : position))
        }
        for stream in ours { versions[stream] = now[stream] }
        for (stream, fold) in folds where versions[stream] != fold.version {
            throw Violation("\(stream.name) has events that its version does not count")
        }
        return answers
    }

    /// Moves each stream from the version that the first unit expects to that after the last one,
    /// ahead of looking at the units one by one.
    ///
    /// - Returns: the streams that could be moved.
    private mutating func moveStreams(of units: [UnitDraft]) -> Set<StreamID> {
        var ends: [StreamID: (first: Int64, last: Int64)] = [:]
        for stream in units.flatMap(\.streams) {
            ends[stream.id, default: (stream.expected, stream.expected)].last = stream.version
        }
        let ours = ends.filter { id, end in
            end.last > end.first
                && (versions[id, default: 0] == end.first || flaw == .versionNotCompared)
        }
        for (stream, end) in ours { versions[stream] = end.last }
        return Set(ours.keys)
    }

    private func refusal(
        of unit: UnitDraft, _ now: [StreamID: Int64], _ ours: Set<StreamID>,
        _ lost: Set<StreamID>
    ) -> UnitOutcome? {
        if let outcome = unit.outcome, outcomes[outcome.key.key] != nil {
            return .duplicate(StoredOutcome(fingerprint: [1], outcome: [], position: 0))
        }
        for stream in unit.streams {
            if lost.contains(stream.id) { return .movedOn }
            let actual = now[stream.id, default: 0]
            if actual != stream.expected, flaw != .versionNotCompared {
                return .conflict(stream.id, actual: actual)
            }
            let isStrangers = !stream.events.isEmpty && !ours.contains(stream.id)
            if isStrangers, flaw != .strangersStreamMoved { return .movedOn }
        }
        return nil
    }

    /// What `PostgresEventStore` concludes when a connection was lost.
    func lookUp(_ unit: UnitDraft) -> UnitOutcome {
        if let last = unit.streams.last?.events.last,
            let entry = log.first(where: { $0.id == last.id })
        {
            return .committed(entry.position)
        }
        return unit.outcome != nil || unit.isCheckOnly
            ? .movedOn : .failed(EventStoreError.outcomeUnknown)
    }
}
