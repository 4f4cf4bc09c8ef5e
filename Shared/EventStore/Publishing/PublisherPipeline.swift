internal import EventTypes

/// What of a log is handed to the bus, what of that is acknowledged, and what of that is written
/// down. Pure: it says what to do next, and is told what came of it.
///
/// Several batches may be under way and be acknowledged in any order. The checkpoint is where the
/// first gap begins: everything up to it is acknowledged. A batch that fails ends the pipeline;
/// whoever leads next begins anew at the checkpoint that was written, with the same numbers.
struct PublisherPipeline: Sendable {
    enum Action: Sendable, Equatable {
        /// Read events after a position and hand them out; without any there is nothing to do.
        case read(after: Int64)
        /// Write the checkpoint down. Nothing is handed out meanwhile when the window is 1.
        case write(PublisherState, over: PublisherState)
        /// Forget the checkpoint where it is written: a topic was lost.
        case forget
        /// Until a batch is acknowledged.
        case wait
    }

    /// Events handed out at once.
    struct Batch: Sendable {
        let number: Int
        let records: [NumberedPublication]
    }

    /// Where the bus put a record.
    struct Delivery: Sendable, Equatable {
        let place: PublisherState.Place
        let offset: Int64
    }

    private struct Flight: Sendable {
        let number: Int
        /// What was handed out with it and before.
        let tip: PublisherState
        var deliveries: [Delivery]?
    }

    /// How many batches may be under way.
    let window: Int
    /// So many events at once are a page of a backlog, of which the checkpoint is not written with
    /// every page.
    let pageLimit: Int
    /// As the database has it.
    private(set) var written: PublisherState
    /// Everything up to here is acknowledged by the bus.
    private(set) var checkpoint: PublisherState
    /// Everything up to here is handed out.
    private(set) var tip: PublisherState
    private var flights: [Flight] = []
    private var lastNumber = 0
    private var isWriting = false
    private var isBehind = false
    private(set) var isTopicLost = false

    init(_ written: PublisherState, window: Int = 1, pageLimit: Int = .max) {
        self.written = written
        self.window = window
        self.pageLimit = pageLimit
        checkpoint = written
        tip = written
    }

    /// What to do now. A write counts as under way until `wrote`.
    mutating func next() -> Action {
        if isTopicLost { return flights.isEmpty && !isWriting ? .forget : .wait }
        if !isWriting, isWorthWriting {
            isWriting = true
            return .write(checkpoint, over: written)
        }
        return flights.count < window ? .read(after: tip.position) : .wait
    }

    /// A backlog's checkpoint is written once in as many pages as may be under way: after a crash
    /// the others are sent again, twice as many at most.
    private var isWorthWriting: Bool {
        guard isBehind, !flights.isEmpty else { return checkpoint != written }
        return checkpoint.position - written.position >= Int64(window * pageLimit)
    }

    /// Numbers what events publish, in the order of the log.
    mutating func handOut(_ events: [(RecordedEvent, [Publication])]) -> Batch {
        var records: [NumberedPublication] = []
        records.reserveCapacity(events.count)
        // By number, here as elsewhere on a record's way: events are not cheap to copy.
        for index in events.indices {
            tip.advance(past: events[index].0, events[index].1, into: &records)
        }
        isBehind = events.count >= pageLimit
        lastNumber += 1
        flights.append(Flight(number: lastNumber, tip: tip))
        return Batch(number: lastNumber, records: records)
    }

    /// Every record of a batch is on the bus. The checkpoint moves over what has no gap before it.
    mutating func acknowledge(_ number: Int, _ deliveries: [Delivery]) {
        guard let index = flights.firstIndex(where: { $0.number == number }) else { return }
        flights[index].deliveries = deliveries
        while let first = flights.first, let deliveries = first.deliveries {
            flights.removeFirst()
            pass(first, deliveries)
        }
    }

    private mutating func pass(_ flight: Flight, _ deliveries: [Delivery]) {
        checkpoint.position = flight.tip.position
        checkpoint.sequences = flight.tip.sequences
        checkpoint.ends = grown(checkpoint.ends, deliveries)
    }

    /// A refill was acknowledged: not of the pipeline, but it may show that a topic is another.
    ///
    /// - Parameter before: the checkpoint from before the refill was sent.
    mutating func refilled(_ deliveries: [Delivery], after before: PublisherState) {
        _ = grown(before.ends, deliveries)
    }

    /// Offsets only grow, in the order in which records were sent: one that was acknowledged before
    /// is that of a topic that was made anew. One below 0 is unknown: a repeat that the broker had.
    private mutating func grown(
        _ ends: [PublisherState.Place: Int64], _ deliveries: [Delivery]
    ) -> [PublisherState.Place: Int64] {
        var ends = ends
        for delivery in deliveries where delivery.offset >= 0 {
            let end = ends[delivery.place] ?? 0
            if delivery.offset < end { isTopicLost = true }
            ends[delivery.place] = max(end, delivery.offset + 1)
        }
        return ends
    }

    mutating func wrote(_ state: PublisherState) {
        written = state
        isWriting = false
    }

    /// Compares what was acknowledged with the ends that the topics had afterwards.
    ///
    /// - Parameter acknowledged: a checkpoint from before the ends were asked for.
    mutating func inspected(
        _ topic: Topic, highs: [Int32: Int64], after acknowledged: PublisherState
    ) {
        if acknowledged.isLost(topic, highs: highs) { isTopicLost = true }
    }

    /// The database knows nothing any more: the whole log is handed out again.
    mutating func forgot() {
        written = PublisherState()
        checkpoint = written
        tip = written
        isTopicLost = false
    }
}
