import EventTypes
import TestSupport

@testable import EventStore

/// A log, two processes that publish it to a topic of two partitions, and two processes that apply
/// it to a database of theirs, where two people retry what is parked.
///
/// Faults: processes are cut off anywhere or lose the lock unnoticed, acknowledgements and answers
/// of the database get lost, batches stay torn, partitions change hands while they are worked on,
/// requests get lost, the topic is deleted, streams cannot be handled for a while.
struct JourneyWorld: World {
    enum Flaw: String, CaseIterable {
        case checkpointBeforeAcknowledgement, checkpointPastAGap, notFenced, numbersForgotten
        case positionApart, positionNotCompared, parkedOvertaken, retriedTwice, missingForgotten
    }

    static let turns = 260

    let flaw: Flaw?
    var log: Log
    var bus = ModelTopic()
    var publishers: [PublishingProcess]
    var shelf = PublisherShelf()
    var requests: [RefillRequest] = []
    var copy: ModelCopy
    var workers: [InboxWorker]
    var owners = [0, 0]
    var committed = [0, 0]
    var operators = [Operator(), Operator()]
    var refused: Set<Int> = []
    var topicsLost = 0

    init(_ flaw: Flaw?, _ run: inout Run) {
        self.flaw = flaw
        log = Log(limit: 6 + run.pick(9))
        copy = ModelCopy(flaw)
        publishers = [PublishingProcess(name: "P1"), PublishingProcess(name: "P2")]
        workers = (0..<4).map { InboxWorker(process: $0 / 2, partition: $0 % 2) }
    }

    mutating func step(_ run: inout Run) throws(Violation) {
        switch run.pick(16) {
        case 0, 1: append(&run)
        case 2, 3, 4: try publish(0, &run)
        case 5, 6: try publish(1, &run)
        case 7, 8, 9: try work(run.pick(4), &run)
        case 10, 11, 12:
            let partition = run.pick(2)
            try work(owners[partition] * 2 + partition, &run)
        case 13: try retry(run.pick(2), &run)
        case 14: ask(&run)
        default: disturb(&run)
        }
    }

    private mutating func append(_ run: inout Run) {
        guard log.events.count < log.limit else { return }
        let stream = run.pick(Log.streams.count)
        let kinds = [1, 1, 1, 2, 0]
        log.append(stream, parts: kinds[run.pick(kinds.count)])
        run.say("event \(log.events.count) is committed to stream \(stream)")
    }

    // MARK: Faults

    private mutating func disturb(_ run: inout Run) {
        if run.isCalm {
            refused = []
            return
        }
        switch run.pick(7) {
        case 0:
            let number = run.pick(2)
            if publishers[number].isLeading {
                run.say("\(publishers[number].name) is killed")
                publishers[number].die()
                if shelf.owner == number { shelf.owner = nil }
            }
        case 1:
            if shelf.owner != nil {
                run.say("the publisher's lock is lost, and nobody tells")
                shelf.owner = nil
            }
        case 2: if topicsLost < 2, run.strikes(25) { loseTopic(&run) }
        case 3:
            let partition = run.pick(2)
            owners[partition] = 1 - owners[partition]
            run.say("partition \(partition) goes to process C\(owners[partition] + 1)")
            workers[owners[partition] * 2 + partition].start(at: committed[partition])
        case 4:
            let number = run.pick(4)
            run.say("C\(workers[number].process + 1) is killed")
            workers[number].start(at: committed[workers[number].partition])
        case 5:
            let stream = run.pick(Log.streams.count)
            if refused.remove(stream) == nil { refused.insert(stream) }
            run.say("stream \(stream) can\(refused.contains(stream) ? "not" : "") be handled")
        default: break
        }
    }

    /// Consumers begin anew, or go on in it where they were in the old one.
    private mutating func loseTopic(_ run: inout Run) {
        run.say("the topic is deleted and made anew")
        topicsLost += 1
        bus.lose()
        if run.pick(2) == 0 { return }
        for number in workers.indices { workers[number].offset = 0 }
        committed = [0, 0]
    }

    // MARK: The end

    var isAtRest: Bool {
        guard log.events.count == log.limit, copy.parked.isEmpty, copy.missing.isEmpty else {
            return false
        }
        return log.order.indices.allSatisfy { copy.applied[$0] == log.order[$0].count }
            && publishers.contains { $0.isIdle(at: Int64(log.limit)) }
            && shelf.state.position == Int64(log.limit)
    }

    func check() throws(Violation) {
        for (lane, place) in copy.positions where place.sequence != log.last[lane.slot] {
            throw Violation("slot \(lane.slot) ends at \(place.sequence)")
        }
    }
}

/// What is published of a log.
struct Log {
    struct Part: Equatable {
        let position: Int
        let part: Int
    }

    /// Two of them are in one slot.
    static let streams: [StreamID] = {
        let first = StreamID("tally-0")
        let names = (1...).lazy.map { StreamID("tally-\($0)") }
        let twin = names.first { Slot(of: $0) == Slot(of: first) } ?? first
        let other = names.first { Slot(of: $0).number % 2 != Slot(of: first).number % 2 } ?? first
        return [first, twin, other]
    }()
    static let slots = streams.map { Slot(of: $0).number }

    /// By stream and position.
    private static let cache: [[RecordedEvent]] = streams.map { stream in
        (0...20).map { position in
            RecordedEvent(
                position: Int64(position), stream: stream, version: Int64(position),
                type: EventType("test.added"), id: EventID(high: 1, low: UInt64(position) << 8),
                recordedAt: Timestamp(seconds: 1), payload: [],
                metadata: EventMetadata(correlationID: CorrelationID(high: 1, low: 1)))
        }
    }

    let limit: Int
    var events: [(RecordedEvent, [Publication])] = []
    /// The publications of each stream in their order.
    var order: [[Part]] = [[], [], []]
    /// The numbers that the parts of each position must have.
    var numbers: [[Int64]] = []
    /// The last number of each slot.
    var last: [Int: Int64] = [:]

    init(limit: Int) { self.limit = limit }

    mutating func append(_ stream: Int, parts: Int) {
        let event = Self.cache[stream][events.count + 1]
        let publication = Publication(.analyticsEvents, event, AnalyticsEventTracked.example)
        events.append((event, Array(repeating: publication, count: parts)))
        var own: [Int64] = []
        for part in 0..<parts {
            order[stream].append(Part(position: events.count, part: part))
            last[Self.slots[stream], default: 0] += 1
            own.append(last[Self.slots[stream]] ?? 0)
        }
        numbers.append(own)
    }

    func read(after position: Int64, limit: Int) -> [(RecordedEvent, [Publication])] {
        Array(events.dropFirst(Int(position)).prefix(limit))
    }
}

/// A topic of two partitions on a bus that keeps what it has acknowledged until it is lost.
struct ModelTopic {
    private(set) var partitions: [[ReceivedEvent]] = [[], []]
    /// Publications that were ever there, by position and part.
    private var ever: Set<Int> = []

    mutating func put(_ record: NumberedPublication) -> PublisherPipeline.Delivery {
        let partition = Int(record.slot.partition(of: 2))
        let key = Int(record.event.position) << 2 | record.part
        ever.insert(key)
        partitions[partition].append(
            ReceivedEvent(
                source: "shop", topic: .analyticsEvents, type: record.event.type,
                id: EventID(high: 1, low: record.event.id.low | UInt64(record.part)),
                stream: record.event.stream, streamVersion: record.event.version,
                position: record.event.position, slot: record.slot.number,
                slotSequence: record.sequence, time: record.event.recordedAt,
                correlationID: CorrelationID(high: 1, low: 1), payload: []))
        return .init(
            place: .init(topic: .analyticsEvents, partition: Int32(partition)),
            offset: Int64(partitions[partition].count - 1))
    }

    mutating func lose() { partitions = [[], []] }

    var highs: [Int32: Int64] {
        [0: Int64(partitions[0].count), 1: Int64(partitions[1].count)]
    }

    /// The first publication up to a position that was never there.
    func firstMissing(_ log: Log, upTo position: Int64) -> Log.Part? {
        for parts in log.order {
            for part in parts where part.position <= position {
                if !ever.contains(part.position << 2 | part.part) { return part }
            }
        }
        return nil
    }
}
