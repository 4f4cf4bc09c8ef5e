public import Bus
public import Database
internal import EventTypes
internal import JSON
public import Runtime

/// Applies the published events of other services, each exactly once.
///
/// A batch of a partition is one unit: its effects, and the number of the last event of each lane,
/// are committed together. So a repeat has no effect, and a number that jumps is loss: the lane
/// stands still, says so, and asks the source to send what is missing. An event that cannot be
/// handled is parked with everything that follows it in its stream; all other streams go on.
public final class Inbox: Component {
    static let firstRetryPause: Duration = .milliseconds(20)

    /// Those who want an event, by its topic and the name of its type.
    private let routes: [Topic: [String: [Subscription]]]
    private let store: any EventStore
    private let pool: DatabasePool
    private let parked: ParkedEvents
    private let missing: MissingEvents
    private let consumer: BusConsumer
    private let producer: BusProducer
    private let loop: EventLoop
    private let logger: Logger
    private let ids: any IdentifierGenerator
    private let topics: Set<Topic>
    private let service: String
    private let bus: BusConfiguration
    private let upcasters: UpcasterChain
    private let applied: Counter
    private let repeats: Counter
    private let lossCounter: Counter
    private let parkedCounter: Counter

    /// - Parameters:
    ///   - service: the consumer group.
    ///   - producer: carries requests for lost events.
    ///   - upcasters: lift events that a topic still has in an older form.
    public init(
        service: String, subscriptions: [Subscription], store: any EventStore, pool: DatabasePool,
        bus: BusConfiguration, producer: BusProducer, loop: EventLoop,
        ids: any IdentifierGenerator, upcasters: UpcasterChain = .none, logger: Logger,
        metrics: Metrics
    ) throws(BusError) {
        routes = Self.routes(subscriptions)
        self.store = store
        self.pool = pool
        self.producer = producer
        self.loop = loop
        self.ids = ids
        self.upcasters = upcasters
        self.logger = logger
        parked = ParkedEvents(pool: pool)
        missing = MissingEvents(pool: pool)
        topics = Set(subscriptions.flatMap(\.topics))
        self.service = service
        self.bus = bus
        consumer = try BusConsumer(
            bus, group: service, topics: topics.map(\.rawValue).sorted() + [PublishedEnds.topic],
            loop: loop, logger: logger, metrics: metrics)
        applied = metrics.counter(
            "souk_inbox_applied_total", "Received events applied.", labels: ["topic"])
        repeats = metrics.counter(
            "souk_inbox_repeats_total", "Received events that were applied before.",
            labels: ["topic"])
        lossCounter = metrics.counter(
            "souk_inbox_losses_total", "Times that numbers were missing.", labels: ["topic"])
        parkedCounter = metrics.counter(
            "souk_inbox_parked_total", "Received events that were parked.", labels: ["topic"])
        // An alarm sees a rise only where there was a zero before.
        for topic in topics {
            lossCounter.add(0, topic.rawValue)
            parkedCounter.add(0, topic.rawValue)
        }
    }

    private static func routes(
        _ subscriptions: [Subscription]
    ) -> [Topic: [String: [Subscription]]] {
        var routes: [Topic: [String: [Subscription]]] = [:]
        for subscription in subscriptions {
            for topic in Set(subscription.topics) {
                for type in subscription.handles {
                    routes[topic, default: [:]][type, default: []].append(subscription)
                }
            }
        }
        return routes
    }

    public func run(_ lifecycle: Lifecycle) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) {
                while await lifecycle.pause(MissingEvents.pause, on: self.loop) { await self.ask() }
            }
            defer { group.cancelAll() }
            try await consumer.run(lifecycle) { batch in
                if batch.topic == PublishedEnds.topic {
                    await self.hear(batch)
                } else {
                    try await self.apply(batch)
                }
            }
        }
    }

    // MARK: Batches

    /// Applies what is new in a batch.
    private func apply(_ records: PartitionBatch) async throws {
        let received = records.records.compactMap { record -> ReceivedEvent? in
            let event = ReceivedEvent(record)
            if event == nil {
                logger.error(
                    "a record is not an event of ours and is passed over",
                    ["topic": record.topic, "partition": records.partition])
            }
            return event
        }
        guard !received.isEmpty else { return }
        var batch = InboxBatch(received)
        let (positions, held) = try await state(of: batch)
        try await report(batch.begin(at: positions))
        for event in batch.repeats { repeats.add(1, event.topic.rawValue) }
        batch.hold(held)
        try await carryOut(&batch)
    }

    private func carryOut(_ batch: inout InboxBatch) async throws {
        var failure: (any Error)?
        while true {
            switch batch.next() {
            case .done: return
            case .again: throw failure ?? EventStoreError.positionMoved
            case .pause(let attempt):
                let jitter = Int.random(in: 80...120)
                let pause = Self.firstRetryPause * (1 << (attempt - 2))
                try await loop.sleep(for: pause * jitter / 100)
            case .commit(let unit):
                do {
                    try await commit(unit)
                    batch.committed()
                    for part in unit.parts { applied.add(1, part.event.topic.rawValue) }
                } catch {
                    failure = error
                    batch.failed(isPassing: Self.isPassing(error), reason: "\(error)")
                }
            }
        }
    }

    /// Finds out whether what the sources say they have published is there.
    private func hear(_ batch: PartitionBatch) async {
        let check = TailCheck(
            group: service, topics: topics, bus: bus, loop: loop, logger: logger
        ) { try await self.positions(of: $0) }
        do {
            try await report(check.missing(batch.records))
        } catch {
            // They say it again.
            logger.info("the ends of topics are not compared", ["error": "\(error)"])
        }
    }

    private func report(_ losses: [InboxBatch.Loss]) async throws {
        if losses.isEmpty { return }
        for loss in try await missing.note(losses) {
            lossCounter.add(1, loss.lane.topic.rawValue)
            logger.error(
                "events are missing; the source is asked for them",
                [
                    "source": loss.lane.source, "topic": loss.lane.topic.rawValue,
                    "slot": loss.lane.slot, "have": loss.sequence, "got": loss.got,
                ])
        }
        await ask()
    }

    /// Asks the sources for what is missing, not more often than needed.
    private func ask() async {
        do {
            for request in try await missing.due() {
                let record = BusRecord(
                    topic: RefillRequest.controlTopic, key: Array(request.source.utf8),
                    value: try JSON.encode(request))
                _ = try await producer.send(record)
            }
        } catch {
            logger.warning("missing events are asked for later", ["error": "\(error)"])
        }
    }

    /// How far the lanes of a batch are, and which of its streams are parked.
    private func state(
        of batch: InboxBatch
    ) async throws -> (positions: [InboxLane: SlotPosition], parked: Set<ParkedKey>) {
        let lanes = batch.lanes
        guard let topic = lanes.first?.topic else { return ([:], []) }
        let rows = try await pool.pipeline([
            Self.question(of: lanes, topic), ParkedEvents.among(batch.keys),
        ])
        return (try Self.positions(rows[0], topic), try ParkedEvents.keys(rows[1]))
    }

    private func positions(
        of lanes: Set<InboxLane>
    ) async throws -> [InboxLane: SlotPosition] {
        guard let topic = lanes.first?.topic else { return [:] }
        return try Self.positions(try await pool.query(Self.question(of: lanes, topic)), topic)
    }

    /// How far lanes of one topic are.
    private static func question(of lanes: Set<InboxLane>, _ topic: Topic) -> SQL {
        let slots = Set(lanes.map { Int64($0.slot) }).sorted()
        let sources = Set(lanes.map(\.source)).sorted()
        return """
            SELECT source, slot, epoch, sequence, position FROM inbox_position
            WHERE topic = \(topic.rawValue) AND source = ANY(\(sources))
                AND slot = ANY(\(slots))
            """
    }

    private static func positions(
        _ rows: [Row], _ topic: Topic
    ) throws -> [InboxLane: SlotPosition] {
        var positions: [InboxLane: SlotPosition] = [:]
        for row in rows {
            let lane = InboxLane(
                source: try row.get("source"), topic: topic,
                slot: Int(try row.get("slot", as: Int64.self)))
            positions[lane] = SlotPosition(
                epoch: try row.get("epoch"), sequence: try row.get("sequence"),
                position: try row.get("position"))
        }
        return positions
    }

    // MARK: Units

    /// Everything at once: the effects of the events, and how far each lane is.
    private func commit(_ batch: InboxUnit) async throws {
        guard let first = batch.parts.first?.event else { return }
        _ = try await store.commit(context(first)) { unit in
            var foresight = Foresight()
            for (index, part) in batch.parts.enumerated() {
                let event = part.event
                unit.context = self.context(event)
                switch part.treatment {
                case .handle:
                    try await self.handle(event, unit)
                    let rest = batch.parts[(index + 1)...]
                    if foresight.isWorthIt(reads: unit.reads, left: rest.count) {
                        await self.foresee(rest)
                    }
                case .queue: for sql in try ParkedEvents.queue(event) { unit.execute(sql) }
                case .park(let reason):
                    unit.execute(try ParkedEvents.park(event, reason: reason))
                }
            }
            for advance in batch.advances { unit.advance(advance) }
        }
        for part in batch.parts { noteParked(part) }
    }

    /// Reads all at once what the handlers of these events are going to ask for.
    private func foresee(_ parts: ArraySlice<InboxUnit.Part>) async {
        guard let store = store as? any StreamForesight else { return }
        await store.foresee { unit in
            for part in parts where part.treatment == .handle {
                // One that asks for what is not at hand ends there.
                try? await self.handle(part.event, unit)
            }
        }
    }

    private func noteParked(_ part: InboxUnit.Part) {
        guard case .park(let reason) = part.treatment else { return }
        let event = part.event
        parkedCounter.add(1, event.topic.rawValue)
        logger.error(
            "an event could not be handled; its stream is parked",
            [
                "source": event.source, "stream": event.stream.name, "type": event.type.name,
                "position": event.position, "error": reason,
            ])
    }

    /// Faults of the moment, not of the event: the whole batch is offered again later.
    static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case is CancellationError: true
        case let error as DatabaseError: error.isOutcomeUnknown || error.isOfTheMoment
        case let error as EventStoreError:
            error.isRetriable || error == .positionMoved || error == .outcomeUnknown
        default: false
        }
    }

    private func handle(_ received: ReceivedEvent, _ unit: UnitOfWork) async throws {
        let event = try received.lifted(by: upcasters)
        guard event.isKnown else {
            throw EventStoreError.unknownEvent(event.type, in: event.stream)
        }
        for subscription in routes[event.topic]?[event.type.name] ?? [] {
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
        var events: [Int64: ReceivedEvent] = [:]
        var retry = ParkedRetry()
        loop: while true {
            switch retry.next() {
            case .done: break loop
            case .read:
                let found = try await parked.events(of: stream, from: source)
                events = Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0.1) })
                retry.found(found.map(\.id))
            case .note(let id, let reason):
                try await parked.failedAgain(id, reason: reason)
                retry.noted()
            case .handle(let id):
                guard let event = events[id] else { break loop }
                do {
                    _ = try await store.commit(context(event)) { unit in
                        try await self.handle(event, unit)
                        unit.execute(ParkedEvents.finish(id))
                    }
                    retry.committed()
                } catch EventStoreError.positionMoved {
                    retry.wasGone()
                } catch {
                    retry.failed("\(error)")
                }
            }
        }
        _ = try await pool.execute(
            ParkedEvents.audit("retry", source, stream, retry.handled, actor, reason))
        return (retry.handled, retry.waiting)
    }
}

extension InboxLane {
    init(source: String, topic: Topic, slot: Int) {
        self.source = source
        self.topic = topic
        self.slot = slot
    }
}
