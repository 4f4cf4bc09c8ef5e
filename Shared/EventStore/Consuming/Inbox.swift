public import Bus
public import Database
internal import EventTypes
internal import JSON
public import Runtime
internal import Synchronization

/// Applies the published events of other services, each exactly once.
///
/// A batch of a partition is one unit: its effects, and the number of the last event of each lane,
/// are committed together. So a repeat has no effect, and a number that jumps is loss: the lane
/// stands still, says so, and asks the source to send what is missing. An event that cannot be
/// handled is parked with everything that follows it in its stream; all other streams go on.
public final class Inbox: Component {
    /// How often one event is tried before it is parked.
    static let attempts = 3
    static let firstRetryPause: Duration = .milliseconds(20)
    /// How long a lane that misses events waits before it asks again.
    static let refillPause: Duration = .seconds(3)

    private let subscriptions: [Subscription]
    private let store: any EventStore
    private let pool: DatabasePool
    private let parked: ParkedEvents
    private let consumer: BusConsumer
    private let producer: BusProducer
    private let loop: EventLoop
    private let logger: Logger
    private let ids: any IdentifierGenerator
    private let retention: RetentionCheck
    private let asked = Mutex<[InboxLane: ContinuousClock.Instant]>([:])
    private let applied: Counter
    private let repeats: Counter
    private let losses: Counter
    private let parkedCounter: Counter

    /// - Parameters:
    ///   - service: the consumer group.
    ///   - producer: carries requests for lost events.
    public init(
        service: String, subscriptions: [Subscription], store: any EventStore, pool: DatabasePool,
        bus: BusConfiguration, producer: BusProducer, loop: EventLoop,
        ids: any IdentifierGenerator, logger: Logger, metrics: Metrics
    ) throws(BusError) {
        self.subscriptions = subscriptions
        self.store = store
        self.pool = pool
        self.producer = producer
        self.loop = loop
        self.ids = ids
        self.logger = logger
        parked = ParkedEvents(pool: pool)
        let topics = Set(subscriptions.flatMap(\.topics).map(\.rawValue)).sorted()
        consumer = try BusConsumer(
            bus, group: service, topics: topics, loop: loop, logger: logger, metrics: metrics)
        applied = metrics.counter(
            "souk_inbox_applied_total", "Received events applied.", labels: ["topic"])
        repeats = metrics.counter(
            "souk_inbox_repeats_total", "Received events that were applied before.",
            labels: ["topic"])
        losses = metrics.counter(
            "souk_inbox_losses_total", "Times that numbers were missing.", labels: ["topic"])
        parkedCounter = metrics.counter(
            "souk_inbox_parked_total", "Received events that were parked.", labels: ["topic"])
        retention = RetentionCheck(
            group: service, topics: topics, bus: bus, pool: pool, producer: producer, loop: loop,
            logger: logger, losses: losses)
    }

    public func run(_ lifecycle: Lifecycle) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) { [retention] in await retention.run() }
            defer { group.cancelAll() }
            try await consumer.run(lifecycle) { batch in try await self.apply(batch) }
        }
    }

    // MARK: Batches

    /// Applies what is new in a batch, as one unit if that works, else event by event.
    private func apply(_ batch: PartitionBatch) async throws {
        let received = batch.records.compactMap { record -> ReceivedEvent? in
            let event = ReceivedEvent(record)
            if event == nil {
                logger.error(
                    "a record is not an event of ours and is passed over",
                    ["topic": record.topic, "partition": batch.partition])
            }
            return event
        }
        guard !received.isEmpty else { return }
        let start = try await positions(of: Set(received.map(InboxLane.init)))
        let fresh = await sort(received, from: start)
        guard !fresh.isEmpty else { return }
        let held = try await heldStreams(fresh)
        do {
            try await commit(fresh, from: start, held: held)
        } catch {
            try await applyOneByOne(fresh, from: start, held: held)
        }
        for event in fresh { applied.add(1, event.topic.rawValue) }
    }

    /// The events that are next in their lanes; repeats are left out, and so is everything of a
    /// lane from the first missing number on.
    private func sort(
        _ received: [ReceivedEvent], from start: [InboxLane: SlotPosition]
    ) async -> [ReceivedEvent] {
        var sequences = start.mapValues(\.sequence)
        var fresh: [ReceivedEvent] = []
        for event in received {
            let lane = InboxLane(event)
            switch InboxVerdict(applied: sequences[lane] ?? 0, next: event.slotSequence) {
            case .apply:
                fresh.append(event)
                sequences[lane] = event.slotSequence
            case .ignore:
                repeats.add(1, event.topic.rawValue)
            case .lost:
                await report(
                    lane, start[lane] ?? SlotPosition(), event, sequences[lane] ?? 0, fresh)
            }
        }
        return fresh
    }

    /// Says that numbers are missing and asks the source for them, not more often than needed.
    private func report(
        _ lane: InboxLane, _ start: SlotPosition, _ event: ReceivedEvent, _ sequence: Int64,
        _ fresh: [ReceivedEvent]
    ) async {
        let now = ContinuousClock.now
        let isDue = asked.withLock { asked in
            if let last = asked[lane], last.duration(to: now) < Self.refillPause { return false }
            asked[lane] = now
            return true
        }
        guard isDue else { return }
        losses.add(1, event.topic.rawValue)
        logger.error(
            "events are missing; the source is asked for them",
            [
                "source": lane.source, "topic": lane.topic.rawValue, "slot": lane.slot,
                "have": sequence, "got": event.slotSequence,
            ])
        let position = fresh.last { InboxLane($0) == lane }?.position ?? start.position
        let request = RefillRequest(
            source: lane.source, topic: lane.topic, slot: lane.slot, sequence: sequence,
            position: position)
        guard let value = try? JSON.encode(request) else { return }
        let record = BusRecord(
            topic: RefillRequest.controlTopic, key: Array(lane.source.utf8), value: value)
        do {
            _ = try await producer.send(record)
        } catch {
            logger.warning("the request for missing events was not sent", ["error": "\(error)"])
        }
    }

    private func positions(
        of lanes: Set<InboxLane>
    ) async throws -> [InboxLane: SlotPosition] {
        guard let any = lanes.first else { return [:] }
        let slots = Set(lanes.map { Int64($0.slot) }).sorted()
        let sources = Set(lanes.map(\.source)).sorted()
        let rows = try await pool.query(
            """
            SELECT source, slot, epoch, sequence, position FROM inbox_position
            WHERE topic = \(any.topic.rawValue) AND source = ANY(\(sources))
                AND slot = ANY(\(slots))
            """)
        var positions: [InboxLane: SlotPosition] = [:]
        for row in rows {
            let lane = InboxLane(
                source: try row.get("source"), topic: any.topic,
                slot: Int(try row.get("slot", as: Int64.self)))
            positions[lane] = SlotPosition(
                epoch: try row.get("epoch"), sequence: try row.get("sequence"),
                position: try row.get("position"))
        }
        return positions
    }

    private func heldStreams(_ events: [ReceivedEvent]) async throws -> Set<String> {
        guard let source = events.first?.source else { return [] }
        return try await parked.streams(
            of: source, among: Set(events.map(\.stream.name)).sorted())
    }

    // MARK: Units

    /// Everything at once: the effects of the events, and how far each lane is.
    private func commit(
        _ events: [ReceivedEvent], from start: [InboxLane: SlotPosition], held: Set<String>
    ) async throws {
        guard let first = events.first else { return }
        _ = try await store.commit(context(first)) { unit in
            for event in events {
                unit.context = self.context(event)
                if held.contains(event.stream.name) {
                    unit.execute(try ParkedEvents.park(event, reason: "waits for an earlier one"))
                } else {
                    try await self.handle(event, unit)
                }
            }
            self.advance(unit, past: events, from: start)
        }
    }

    private func advance(
        _ unit: UnitOfWork, past events: [ReceivedEvent], from start: [InboxLane: SlotPosition]
    ) {
        var reached: [InboxLane: SlotPosition] = [:]
        for event in events {
            reached[InboxLane(event)] = SlotPosition(
                sequence: event.slotSequence, position: event.position)
        }
        for (lane, place) in reached {
            let from = start[lane] ?? SlotPosition()
            unit.advance(
                InboxAdvance(
                    source: lane.source, topic: lane.topic.rawValue, slot: lane.slot, from: from,
                    to: SlotPosition(
                        epoch: from.epoch, sequence: place.sequence, position: place.position)))
        }
    }

    /// After a failure: each event in a unit of its own, parking those that keep failing.
    private func applyOneByOne(
        _ events: [ReceivedEvent], from start: [InboxLane: SlotPosition], held: Set<String>
    ) async throws {
        var positions = start
        var held = held
        for event in events {
            var attempt = 1
            var pause = Self.firstRetryPause
            while true {
                do {
                    try await commit([event], from: positions, held: held)
                    break
                } catch let error where Self.isPassing(error) {
                    throw error
                } catch {
                    if attempt >= Self.attempts {
                        try await park(event, from: positions, reason: "\(error)")
                        held.insert(event.stream.name)
                        break
                    }
                    attempt += 1
                    let jitter = Int.random(in: 80...120)
                    try await loop.sleep(for: pause * jitter / 100)
                    pause *= 2
                }
            }
            positions[InboxLane(event)] = SlotPosition(
                epoch: positions[InboxLane(event)]?.epoch ?? 0, sequence: event.slotSequence,
                position: event.position)
        }
    }

    /// Faults of the moment, not of the event: the whole batch is offered again later.
    private static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case is CancellationError: true
        case let error as DatabaseError: error.isRetriable
        case let error as EventStoreError: error.isRetriable || error == .positionMoved
        default: false
        }
    }

    private func park(
        _ event: ReceivedEvent, from start: [InboxLane: SlotPosition], reason: String
    ) async throws {
        logger.error(
            "an event could not be handled; its stream is parked",
            [
                "source": event.source, "stream": event.stream.name, "type": event.type.name,
                "position": event.position, "error": reason,
            ])
        parkedCounter.add(1, event.topic.rawValue)
        _ = try await store.commit(context(event)) { unit in
            unit.execute(try ParkedEvents.park(event, reason: reason))
            self.advance(unit, past: [event], from: start)
        }
    }

    private func handle(_ event: ReceivedEvent, _ unit: UnitOfWork) async throws {
        guard event.isKnown else {
            throw EventStoreError.unknownEvent(event.type, in: event.stream)
        }
        for subscription in subscriptions
        where subscription.topics.contains(event.topic)
            && subscription.handles.contains(event.type.name)
        {
            try await subscription.handle(event, unit)
        }
    }

    private func context(_ event: ReceivedEvent) -> CommandContext {
        CommandContext(
            metadata: EventMetadata(
                correlationID: event.correlationID, causationID: event.causationID,
                actor: "service:\(event.source)", traceparent: event.traceparent))
    }

    // MARK: Parked streams

    /// Handles a parked stream's events again, in order, until one fails.
    ///
    /// - Returns: how many were handled and how many still wait.
    public func retry(
        _ stream: String, from source: String, actor: String, reason: String
    ) async throws -> (handled: Int, waiting: Int) {
        let events = try await parked.events(of: stream, from: source)
        var handled = 0
        for (id, event) in events {
            do {
                _ = try await store.commit(context(event)) { unit in
                    try await self.handle(event, unit)
                    unit.execute(ParkedEvents.remove(id))
                }
                handled += 1
            } catch {
                try await parked.failedAgain(id, reason: "\(error)")
                break
            }
        }
        _ = try await pool.execute(
            ParkedEvents.audit("retry", source, stream, handled, actor, reason))
        return (handled, events.count - handled)
    }
}

extension InboxLane {
    init(source: String, topic: Topic, slot: Int) {
        self.source = source
        self.topic = topic
        self.slot = slot
    }
}
