internal import Database
public import EventStore
public import EventTypes
internal import JSON
internal import Runtime
internal import ServiceKit
internal import Synchronization

extension ServiceHarness {
    /// Hands a public event of another service to every subscription that wants it, as the inbox
    /// would, each as one unit of work; then waits for the projections.
    ///
    /// - Parameters:
    ///   - key: the stream that it is from; one of its own where it is nil.
    ///   - id: give the same one to deliver the same event again.
    /// - Returns: how many subscriptions handled it.
    /// - Throws: what a subscription throws; nothing of that one's effects remains.
    @discardableResult
    public func deliver<Payload: PublishedEvent>(
        _ payload: Payload, of topic: Topic, key: String? = nil, id: EventID? = nil
    ) async throws -> Int {
        let number = nextDelivery()
        let id = id ?? ids.next(EventTag.self)
        let event = ReceivedEvent(
            source: String(Payload.eventType.name.prefix { $0 != "." }), topic: topic,
            type: Payload.eventType, id: id, stream: StreamID(key ?? "delivery-\(id)"),
            streamVersion: number, position: number, slot: 0, slotSequence: number,
            time: clock.now(), correlationID: ids.next(CorrelationTag.self),
            payload: try JSON.encode(payload))
        var count = 0
        for subscription in blueprint.subscriptions
        where subscription.topics.contains(topic) && subscription.handles.contains(event.type.name)
        {
            try await store.commit(
                CommandContext(
                    metadata: EventMetadata(
                        correlationID: event.correlationID, causationID: event.id,
                        actor: "service:\(event.source)"))
            ) { unit in try await subscription.handle(event, unit) }
            count += 1
        }
        await settle()
        return count
    }

    /// Everything that the service has published so far, in the order of its log.
    public func publications() async throws -> [Publication] {
        guard let publish = blueprint.publish else { return [] }
        return try await events().flatMap { try publish($0) }
    }

    /// The published events of one type, in the order of the log.
    public func published<Payload: PublishedEvent>(
        _ type: Payload.Type = Payload.self
    ) async throws -> [Payload] {
        try await publications().compactMap { $0.payload as? Payload }
    }

    /// The whole log.
    public func events() async throws -> [RecordedEvent] {
        var all: [RecordedEvent] = []
        while true {
            let some = try await store.readAll(after: all.last?.position ?? 0, limit: 1_000)
            if some.isEmpty { return all }
            all += some
        }
    }

    /// Waits until the projections show the whole log.
    public func settle() async {
        guard let head = try? await store.head(), head > 0 else { return }
        await context.waitForProjections(head, blueprint.projections.map(\.name))
    }
}
