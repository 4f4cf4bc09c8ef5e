import EventTypes
import TestSupport

@testable import EventStore

/// The database of the service that applies the events.
struct ModelCopy {
    struct Parked {
        let id: Int64
        let event: ReceivedEvent
    }

    let flaw: JourneyWorld.Flaw?
    var positions: [InboxLane: SlotPosition] = [:]
    /// How many publications of each stream were applied.
    var applied = [0, 0, 0]
    var parked: [Parked] = []
    var missing: [InboxLane: Int64] = [:]
    private var lastID: Int64 = 0

    init(_ flaw: JourneyWorld.Flaw?) { self.flaw = flaw }

    func isHeld(_ key: ParkedKey) -> Bool { parked.contains { ParkedKey($0.event) == key } }

    /// Carries out a unit as one transaction.
    ///
    /// - Returns: false when it was rolled back, because others were faster.
    mutating func commit(_ unit: InboxUnit, _ log: Log) throws(Violation) -> Bool {
        if flaw != .positionApart, flaw != .positionNotCompared {
            for advance in unit.advances
            where positions[InboxLane(advance)] ?? SlotPosition() != advance.from { return false }
        }
        for part in unit.parts where part.treatment == .queue {
            if !isHeld(ParkedKey(part.event)) { return false }
        }
        for part in unit.parts {
            switch part.treatment {
            case .handle: try apply(part.event, log)
            case .queue, .park:
                lastID += 1
                parked.append(Parked(id: lastID, event: part.event))
            }
        }
        if flaw != .positionApart { move(unit) }
        return true
    }

    mutating func move(_ unit: InboxUnit) {
        for advance in unit.advances { positions[InboxLane(advance)] = advance.to }
    }

    /// Handles a parked event and removes it.
    mutating func finish(
        _ id: Int64, _ event: ReceivedEvent, _ log: Log
    ) throws(Violation) -> Bool {
        let place = parked.firstIndex { $0.id == id }
        if place == nil, flaw != .retriedTwice { return false }
        try apply(event, log)
        if let place { parked.remove(at: place) }
        return true
    }

    private mutating func apply(_ event: ReceivedEvent, _ log: Log) throws(Violation) {
        guard let stream = Log.streams.firstIndex(of: event.stream) else { return }
        let part = Log.Part(position: Int(event.position), part: Int(event.id.low & 15))
        let next =
            applied[stream] < log.order[stream].count
            ? log.order[stream][applied[stream]] : nil
        guard part == next else {
            throw Violation(
                "event \(part.position) was applied to stream \(stream) in place of "
                    + (next.map { "event \($0.position)" } ?? "nothing"))
        }
        applied[stream] += 1
    }
}

extension InboxLane {
    fileprivate init(_ advance: InboxAdvance) {
        self.init(source: advance.source, topic: .analyticsEvents, slot: advance.slot)
    }
}

/// One process at one partition. It may go on for a while after the partition was given to another.
struct InboxWorker {
    enum Phase { case idle, sorting, holding, deciding, committing(InboxUnit), moving(InboxUnit) }

    let process: Int
    let partition: Int
    var offset = 0
    var taken = 0
    var phase = Phase.idle
    var batch = InboxBatch([])

    mutating func start(at offset: Int) {
        self.offset = offset
        phase = .idle
    }

    init(process: Int, partition: Int) {
        self.process = process
        self.partition = partition
    }
}

/// Somebody who retries parked events.
struct Operator {
    var retry: ParkedRetry?
    var events: [ModelCopy.Parked] = []
    var key: ParkedKey?
    var pending: ModelCopy.Parked?
}

extension JourneyWorld {
    mutating func work(_ number: Int, _ run: inout Run) throws(Violation) {
        let worker = workers[number]
        let name = "C\(worker.process + 1) at partition \(worker.partition)"
        switch worker.phase {
        case .idle: take(number, &run)
        case .sorting:
            let losses = workers[number].batch.begin(at: copy.positions)
            for loss in losses {
                run.say("\(name) misses what follows #\(loss.sequence) in slot \(loss.lane.slot)")
                if flaw == .missingForgotten {
                    if !run.strikes(20) { requests.append(RefillRequest(loss)) }
                } else {
                    copy.missing[loss.lane] = max(copy.missing[loss.lane] ?? 0, loss.until)
                }
            }
            workers[number].phase = .holding
        case .holding:
            let held = Set(workers[number].batch.keys).filter { copy.isHeld($0) }
            workers[number].batch.hold(flaw == .parkedOvertaken ? [] : held)
            workers[number].phase = .deciding
        case .deciding: decide(number, &run)
        case .committing(let unit): try commit(unit, number, name, &run)
        case .moving(let unit):
            copy.move(unit)
            workers[number].batch.committed()
            workers[number].phase = .deciding
        }
    }

    private mutating func take(_ number: Int, _ run: inout Run) {
        let worker = workers[number]
        let records = bus.partitions[worker.partition]
        guard owners[worker.partition] == worker.process else { return }
        if worker.offset > records.count { return workers[number].start(at: 0) }
        if worker.offset == records.count { return }
        let end = min(records.count, worker.offset + 1 + run.pick(4))
        workers[number].taken = end - worker.offset
        workers[number].batch = InboxBatch(Array(records[worker.offset..<end]))
        workers[number].phase = .sorting
    }

    private mutating func decide(_ number: Int, _ run: inout Run) {
        switch workers[number].batch.next() {
        case .done:
            workers[number].phase = .idle
            workers[number].offset += workers[number].taken
            let partition = workers[number].partition
            if owners[partition] == workers[number].process, !run.strikes(20) {
                committed[partition] = workers[number].offset
            }
        case .again: workers[number].phase = .idle
        case .pause: return
        case .commit(let unit): workers[number].phase = .committing(unit)
        }
    }

    private mutating func commit(
        _ unit: InboxUnit, _ number: Int, _ name: String, _ run: inout Run
    ) throws(Violation) {
        workers[number].phase = .deciding
        let isRefused = unit.parts.contains { part in
            part.treatment == .handle
                && Log.streams.firstIndex(of: part.event.stream).map(refused.contains) == true
        }
        if isRefused {
            run.say("\(name) cannot handle \(unit.told)")
            return workers[number].batch.failed(isPassing: false, reason: "refused")
        }
        if run.strikes(3) {
            run.say("\(name): the database is away")
            return workers[number].batch.failed(isPassing: true, reason: "away")
        }
        guard try copy.commit(unit, log) else {
            run.say("\(name): others were faster with \(unit.told)")
            return workers[number].batch.failed(isPassing: true, reason: "moved")
        }
        run.say("\(name) commits \(unit.told)")
        if flaw == .positionApart {
            workers[number].phase = .moving(unit)
        } else if run.strikes(5) {
            run.say("\(name): the answer of the database is lost")
            workers[number].batch.failed(isPassing: true, reason: "unknown")
        } else {
            workers[number].batch.committed()
        }
    }

    /// Somebody asks for what is missing, after a pause in which what was sent has been read.
    mutating func ask(_ run: inout Run) {
        let isUnderWay = publishers.contains { $0.flights.contains { $0.before != nil } }
        if isUnderWay || !requests.isEmpty { return }
        copy.missing = copy.missing.filter { lane, until in
            (copy.positions[lane]?.sequence ?? 0) < until
        }
        for lane in copy.missing.keys.sorted(by: { $0.slot < $1.slot }) {
            let partition = Int(Slot(lane.slot)?.partition(of: 2) ?? 0)
            let worker = workers[owners[partition] * 2 + partition]
            if worker.offset < bus.partitions[partition].count { continue }
            let place = copy.positions[lane] ?? SlotPosition()
            let request = RefillRequest(
                source: lane.source, topic: lane.topic, slot: lane.slot,
                sequence: place.sequence, position: place.position)
            if run.strikes(20) || requests.contains(request) { continue }
            run.say("what follows #\(place.sequence) in slot \(lane.slot) is asked for")
            requests.append(request)
        }
    }

    // MARK: Parked streams

    mutating func retry(_ number: Int, _ run: inout Run) throws(Violation) {
        if let pending = operators[number].pending { return try finish(pending, number, &run) }
        guard var retry = operators[number].retry else {
            guard !copy.parked.isEmpty else { return }
            operators[number].key = ParkedKey(copy.parked[run.pick(copy.parked.count)].event)
            operators[number].retry = ParkedRetry()
            return
        }
        switch retry.next() {
        case .done: operators[number].retry = nil
        case .read:
            let key = operators[number].key
            operators[number].events = copy.parked.filter { ParkedKey($0.event) == key }
            retry.found(operators[number].events.map(\.id))
            operators[number].retry = retry
        case .handle(let id):
            operators[number].pending = operators[number].events.first { $0.id == id }
        case .note:
            retry.noted()
            operators[number].retry = retry
        }
    }

    private mutating func finish(
        _ pending: ModelCopy.Parked, _ number: Int, _ run: inout Run
    ) throws(Violation) {
        operators[number].pending = nil
        let stream = Log.streams.firstIndex(of: pending.event.stream) ?? 0
        if refused.contains(stream) || run.strikes(5) {
            operators[number].retry?.failed("refused")
        } else if try copy.finish(pending.id, pending.event, log) {
            run.say("operator \(number + 1) handles the parked event \(pending.event.position)")
            if run.strikes(5) {
                operators[number].retry?.failed("unknown")
            } else {
                operators[number].retry?.committed()
            }
        } else {
            operators[number].retry?.wasGone()
        }
    }
}

extension RefillRequest {
    fileprivate init(_ loss: InboxBatch.Loss) {
        self.init(
            source: loss.lane.source, topic: loss.lane.topic, slot: loss.lane.slot,
            sequence: loss.sequence, position: loss.position)
    }
}

extension InboxUnit {
    /// In a few words.
    fileprivate var told: String {
        parts.map { part in
            switch part.treatment {
            case .handle: "#\(part.event.slotSequence) of slot \(part.event.slot)"
            case .queue: "#\(part.event.slotSequence) of slot \(part.event.slot) (waits)"
            case .park: "#\(part.event.slotSequence) of slot \(part.event.slot) (parked)"
            }
        }.joined(separator: ", ")
    }
}
