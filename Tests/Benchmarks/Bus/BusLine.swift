import Bus
import Database
import EventStore
import EventTypes
import Runtime

/// One log, the bus, and another log that follows it: put together as two services do it.
struct BusLine: Sendable {
    static let topic = Topic.walletEvents
    static let partitions = 16

    let source: BenchLog
    let bus: BusConfiguration

    /// The gauge of how far the log is published and that is written down.
    var published: Gauge {
        source.metrics.gauge(
            "souk_publisher_position", "The position up to which the log is published.")
    }

    /// Every posting, as an event that others may read.
    @Sendable static func publish(_ event: RecordedEvent) throws -> [Publication] {
        guard case .posted(let fact) = try event.decode(BenchEvent.self) else { return [] }
        return [
            Publication(
                topic, event,
                WalletWithdrawalRequested(
                    withdrawalID: WithdrawalID(event.id), userID: UserID(fact.reference),
                    amount: try Money(minorUnits: fact.amountMinor, .eur),
                    requestedAt: event.recordedAt))
        ]
    }

    func publisher() throws -> [any Component] {
        let producer = try BusProducer(
            bus, loop: source.loop, logger: .bench, metrics: source.metrics)
        return [
            producer,
            Publisher(
                source: "bench", store: source.store, pool: source.pool, producer: producer,
                admin: try BusAdmin(bus, loop: source.loop, logger: .bench), configuration: bus,
                topics: [Self.topic], loop: source.loop, map: Self.publish, logger: .bench,
                metrics: source.metrics),
        ]
    }

    /// Follows the topic into `copy`, from its beginning, with an event of its own for each.
    func inbox(into copy: BenchLog) throws -> [any Component] {
        let producer = try BusProducer(bus, loop: copy.loop, logger: .bench, metrics: copy.metrics)
        let subscription = Subscription(
            topics: [Self.topic], handles: [WalletWithdrawalRequested.eventType.name]
        ) { event, unit in
            let fact = try event.decode(WalletWithdrawalRequested.self)
            let command = BenchAccount.Command(
                amountMinor: 100, reference: EventID(fact.withdrawalID), at: fact.requestedAt)
            _ = try await unit.decide(BenchAccount.self, event.stream.key, command)
        }
        return [
            producer,
            try Inbox(
                service: "bench-\(copy.ids.next(EventTag.self))", subscriptions: [subscription],
                store: copy.store,
                pool: copy.pool, bus: bus, producer: producer, loop: copy.loop, ids: copy.ids,
                logger: .bench, metrics: copy.metrics),
        ]
    }

    /// Makes the publisher begin anew, for another broker.
    func forget() async throws {
        for table in ["publisher", "publisher_slot", "publisher_end"] as [SQL] {
            try await source.pool.execute("delete from \(table)")
        }
        published.set(0)
    }

    /// Publishes the whole log, which has `count` events.
    ///
    /// - Returns: events a second from the first checkpoint, when clients and topics are there, to
    ///   the last.
    func publishAll(_ count: Int) async throws -> Double {
        try await source.running(try publisher()) {
            while published.value() == 0 { try await source.loop.sleep(for: .milliseconds(1)) }
            let (start, from) = (ContinuousClock.now, published.value())
            while published.value() < Double(count) {
                try await source.loop.sleep(for: .milliseconds(2))
            }
            return (Double(count) - from) / start.duration(to: .now).inSeconds
        }
    }
}
