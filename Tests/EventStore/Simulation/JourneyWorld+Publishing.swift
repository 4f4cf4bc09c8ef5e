import EventTypes
import TestSupport

@testable import EventStore

/// The rows of the publisher, and who has its lock.
struct PublisherShelf {
    var state = PublisherState()
    var fence = 0
    var owner: Int?

    /// What the statements do: only what has changed is written.
    mutating func write(_ new: PublisherState, over old: PublisherState) {
        state.position = new.position
        for (lane, sequence) in new.sequences where old.sequences[lane] != sequence {
            state.sequences[lane] = sequence
        }
        for (place, end) in new.ends where old.ends[place] != end { state.ends[place] = end }
    }
}

/// One process that may publish: the pipeline, and what its producer has under way.
struct PublishingProcess {
    struct Flight {
        let number: Int
        /// What has not reached the bus yet.
        var unsent: [NumberedPublication]
        /// For a refill: the checkpoint from before.
        var before: PublisherState?
        var deliveries: [PublisherPipeline.Delivery] = []
    }

    let name: String
    var isLeading = false
    var fence = 0
    var pipeline = PublisherPipeline(PublisherState())
    var flights: [Flight] = []
    var write: PublisherPipeline.Action?
    var inspection: (acknowledged: PublisherState, highs: [Int32: Int64])?
    var refills = 0

    mutating func die() {
        flights = []
        stop()
    }

    /// No longer leads; what the producer has is sent all the same.
    mutating func stop() {
        isLeading = false
        write = nil
        inspection = nil
        for index in flights.indices { flights[index].deliveries = [] }
    }

    func isIdle(at position: Int64) -> Bool {
        isLeading && flights.isEmpty && write == nil && pipeline.written.position == position
            && !pipeline.isTopicLost
    }
}

extension JourneyWorld {
    mutating func publish(_ number: Int, _ run: inout Run) throws(Violation) {
        guard publishers[number].isLeading else {
            if !publishers[number].flights.isEmpty { return try produce(number, &run) }
            return lead(number, &run)
        }
        switch run.pick(5) {
        case 0, 1: try goOn(number, &run)
        case 2: try produce(number, &run)
        case 3: acknowledge(number, &run)
        default:
            switch run.pick(3) {
            case 0: inspect(number, &run)
            case 1: answer(number, &run)
            default: announce(number, &run)
            }
        }
    }

    private mutating func lead(_ number: Int, _ run: inout Run) {
        guard shelf.owner == nil else { return }
        shelf.owner = number
        shelf.fence += 1
        var state = shelf.state
        if flaw == .numbersForgotten { state.sequences = [:] }
        publishers[number].isLeading = true
        publishers[number].fence = shelf.fence
        publishers[number].pipeline = PublisherPipeline(state, window: 3)
        run.say("\(publishers[number].name) publishes from \(state.position) on")
    }

    private mutating func endLead(_ number: Int, _ why: String, _ run: inout Run) {
        run.say("\(publishers[number].name) ends its lead: \(why)")
        publishers[number].stop()
        if shelf.owner == number { shelf.owner = nil }
    }

    private mutating func goOn(_ number: Int, _ run: inout Run) throws(Violation) {
        if let write = publishers[number].write { return try carryOut(write, number, &run) }
        switch publishers[number].pipeline.next() {
        case .wait: return
        case .read(let position):
            let events = log.read(after: position, limit: 1 + run.pick(3))
            if !events.isEmpty { handOut(events, number, &run) }
        case .write(let state, let old): publishers[number].write = .write(state, over: old)
        case .forget: publishers[number].write = .forget
        }
    }

    private mutating func handOut(
        _ events: [(RecordedEvent, [Publication])], _ number: Int, _ run: inout Run
    ) {
        let batch = publishers[number].pipeline.handOut(events)
        run.say(
            "\(publishers[number].name) sends batch \(batch.number): "
                + "\(batch.records.map { "\($0.event.position) as #\($0.sequence)" })")
        if flaw == .checkpointBeforeAcknowledgement || batch.records.isEmpty {
            publishers[number].pipeline.acknowledge(batch.number, [])
        }
        if !batch.records.isEmpty {
            publishers[number].flights.append(
                .init(number: batch.number, unsent: batch.records))
        }
    }

    /// The database carries out a write, or the connection is lost before or after that.
    private mutating func carryOut(
        _ write: PublisherPipeline.Action, _ number: Int, _ run: inout Run
    ) throws(Violation) {
        publishers[number].write = nil
        if run.strikes(3) { return endLead(number, "the connection is lost", &run) }
        if publishers[number].fence != shelf.fence, flaw != .notFenced {
            return endLead(number, "it is fenced out", &run)
        }
        switch write {
        case .write(let state, let old):
            run.say("\(publishers[number].name) writes the checkpoint \(state.position)")
            if let part = bus.firstMissing(log, upTo: state.position) {
                throw Violation(
                    "the checkpoint is \(state.position), and event \(part.position) was never sent"
                )
            }
            if state.position < shelf.state.position {
                throw Violation(
                    "the checkpoint goes back from \(shelf.state.position) to \(state.position)")
            }
            shelf.write(state, over: old)
            publishers[number].pipeline.wrote(state)
        case .forget:
            run.say("\(publishers[number].name) begins anew: a topic was lost")
            shelf.state = PublisherState()
            publishers[number].pipeline.forgot()
        case .read, .wait: return
        }
        if run.strikes(3) { endLead(number, "the answer of the database is lost", &run) }
    }

    /// One more record reaches the bus; those of a partition in the order in which they were sent.
    private mutating func produce(_ number: Int, _ run: inout Run) throws(Violation) {
        let partition = Int32(run.pick(2))
        for index in publishers[number].flights.indices {
            let unsent = publishers[number].flights[index].unsent
            guard let place = unsent.firstIndex(where: { $0.slot.partition(of: 2) == partition })
            else { continue }
            let record = unsent[place]
            if run.strikes(2) {
                // The batch is torn, and records behind this one are sent all the same.
                publishers[number].flights[index].unsent.remove(at: place)
                run.say("the producer gives #\(record.sequence) up")
                if publishers[number].isLeading { endLead(number, "a record failed", &run) }
                return
            }
            let right = log.numbers[Int(record.event.position) - 1][record.part]
            if record.sequence != right {
                throw Violation(
                    "event \(record.event.position) is #\(right), and was sent as "
                        + "#\(record.sequence)")
            }
            publishers[number].flights[index].unsent.remove(at: place)
            publishers[number].flights[index].deliveries.append(bus.put(record))
            return
        }
        if !publishers[number].isLeading, publishers[number].flights.allSatisfy(\.unsent.isEmpty) {
            publishers[number].flights = []
        }
    }

    /// A batch that has arrived is acknowledged, in any order; or the acknowledgement gets lost.
    private mutating func acknowledge(_ number: Int, _ run: inout Run) {
        let arrived = publishers[number].flights.indices.filter {
            publishers[number].flights[$0].unsent.isEmpty
        }
        guard !arrived.isEmpty else { return }
        let flight = publishers[number].flights.remove(at: arrived[run.pick(arrived.count)])
        if run.strikes(4) { return endLead(number, "a batch failed", &run) }
        if let before = flight.before {
            publishers[number].pipeline.refilled(flight.deliveries, after: before)
            return
        }
        run.say("\(publishers[number].name) hears that batch \(flight.number) has arrived")
        if flaw == .checkpointPastAGap {
            for earlier in 1..<flight.number {
                publishers[number].pipeline.acknowledge(earlier, [])
            }
        }
        publishers[number].pipeline.acknowledge(flight.number, flight.deliveries)
    }

    /// Asks for the ends of the topic, and compares them later.
    private mutating func inspect(_ number: Int, _ run: inout Run) {
        if let (acknowledged, highs) = publishers[number].inspection {
            publishers[number].inspection = nil
            publishers[number].pipeline.inspected(
                .analyticsEvents, highs: highs, after: acknowledged)
        } else {
            publishers[number].inspection = (publishers[number].pipeline.checkpoint, bus.highs)
        }
    }

    /// Says how far everything is published. Consumers that have read all that the bus has, and are
    /// behind, note what they miss.
    private mutating func announce(_ number: Int, _ run: inout Run) {
        let ends = PublishedEnds(
            of: .analyticsEvents, from: "shop", in: publishers[number].pipeline.checkpoint)
        guard let ends, flaw != .missingForgotten, isReadToTheEnd, !run.strikes(20) else { return }
        for loss in ends.missing(at: copy.positions) {
            run.say("slot \(loss.lane.slot) should reach #\(loss.until)")
            copy.missing[loss.lane] = max(copy.missing[loss.lane] ?? 0, loss.until)
        }
    }

    private var isReadToTheEnd: Bool {
        owners.indices.allSatisfy { partition in
            workers[owners[partition] * 2 + partition].offset >= bus.partitions[partition].count
        }
    }

    private mutating func answer(_ number: Int, _ run: inout Run) {
        guard !requests.isEmpty else { return }
        let request = requests.removeFirst()
        let before = publishers[number].pipeline.checkpoint
        guard var scan = RefillScan(request, upTo: before.position) else { return }
        var records: [NumberedPublication] = []
        while let position = scan.readAfter {
            records += scan.take(log.read(after: position, limit: 3))
        }
        run.say(
            "\(publishers[number].name) sends again what follows #\(request.sequence) in slot "
                + "\(request.slot): \(records.map { "#\($0.sequence)" })")
        if records.isEmpty { return }
        publishers[number].refills += 1
        publishers[number].flights.append(
            .init(number: -publishers[number].refills, unsent: records, before: before))
    }
}
