internal import Bus
internal import EventStore
internal import Glibc
internal import Runtime

/// What an operator does about events that could not be handled. It happens here, in the service
/// that owns the log: handling an event again is the service's own code.
extension ServiceParts {
    /// Who is on record for it: the operator, by the name at this machine.
    private static var actor: String {
        let entry = getpwuid(getuid())
        return entry.map { "operator:" + String(cString: $0.pointee.pw_name) } ?? "operator"
    }

    func parked(
        _ action: Invocation.ParkedAction, say: @Sendable (String) -> Void
    ) async throws -> Int32 {
        guard store != nil else {
            throw UsageError("\(Service.name) has no log, and so nothing that could be parked.")
        }
        return try await session([]) { store in
            let parked = ParkedEvents(pool: context.pool)
            switch action {
            case .list: return try await list(parked, say)
            case .show(let id): return try await show(id, parked, say)
            case .retry(let id):
                return try await retry([try Self.parse(id)], "asked for", store, say)
            case .redrive(let text):
                let all = try await parked.list(limit: Self.redriveLimit)
                    .filter { text.map($0.reason.contains) ?? true }
                let reason = "redrive" + (text.map { " of \($0)" } ?? "")
                return try await retry(all.map { ($0.source, $0.stream) }, reason, store, say)
            case .history: return try await history(parked, say)
            case .discard(let id, let reason):
                let (source, stream) = try Self.parse(id)
                let count = try await parked.discard(
                    stream, from: source, actor: Self.actor, reason: reason)
                guard count > 0 else { throw UsageError("Nothing is parked as \(id).") }
                say("\(id): \(Self.events(count)) discarded.\n")
                return ExitStatus.success
            }
        }
    }

    /// The most streams that one redrive takes up; another takes up the rest.
    private static var redriveLimit: Int { 10_000 }

    /// `source/stream`, as `list` shows it.
    private static func parse(_ id: String) throws(UsageError) -> (source: String, stream: String) {
        let parts = id.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw UsageError("\(id) is no ID of a parked stream: parked list shows them.")
        }
        return (parts[0], parts[1])
    }

    private static func events(_ count: Int) -> String {
        count == 1 ? "1 event" : "\(count) events"
    }

    private func list(
        _ parked: ParkedEvents, _ say: (String) -> Void
    ) async throws -> Int32 {
        let entries = try await parked.list()
        for entry in entries {
            say(
                "\(entry.source)/\(entry.stream)  \(Self.events(entry.events)) since \(entry.since): "
                    + "\(entry.reason)\n")
        }
        if entries.isEmpty { say("Nothing is parked.\n") }
        return ExitStatus.success
    }

    private func show(
        _ id: String, _ parked: ParkedEvents, _ say: (String) -> Void
    ) async throws -> Int32 {
        let (source, stream) = try Self.parse(id)
        let events = try await parked.show(stream, from: source)
        guard !events.isEmpty else { throw UsageError("Nothing is parked as \(id).") }
        for event in events {
            say(
                """
                \(event.topic) position \(event.position), since \(event.since), tried again \
                \(event.attempts) times: \(event.reason)
                  \(event.headers)
                  \(event.payload)

                """)
        }
        return ExitStatus.success
    }

    private func history(
        _ parked: ParkedEvents, _ say: (String) -> Void
    ) async throws -> Int32 {
        let actions = try await parked.history()
        for action in actions {
            say(
                "\(action.at)  \(action.action)  \(action.source)/\(action.stream)  "
                    + "\(Self.events(action.events))  by \(action.actor): \(action.reason)\n")
        }
        if actions.isEmpty { say("Nothing was done about parked events.\n") }
        return ExitStatus.success
    }

    /// Handles parked streams again, each until one of its events fails.
    private func retry(
        _ streams: [(source: String, stream: String)], _ reason: String, _ store: any EventStore,
        _ say: (String) -> Void
    ) async throws -> Int32 {
        guard !streams.isEmpty else {
            say("Nothing is parked.\n")
            return ExitStatus.success
        }
        // It is needed for what it knows, not for reading topics: neither of the two is run.
        let producer = try BusProducer(
            bus, loop: context.loop, logger: logger, metrics: context.metrics)
        let inbox = try Inbox(
            service: Service.name, subscriptions: blueprint.subscriptions, store: store,
            pool: context.pool, bus: bus, producer: producer, loop: context.loop, ids: context.ids,
            upcasters: upcasters, logger: logger, metrics: context.metrics)
        var stillWaiting = 0
        for (source, stream) in streams {
            let (handled, waiting) = try await inbox.retry(
                stream, from: source, actor: Self.actor, reason: reason)
            stillWaiting += waiting
            say("\(source)/\(stream): \(handled) handled, \(waiting) still wait.\n")
        }
        await producer.close(deadline: .zero)
        return stillWaiting == 0 ? ExitStatus.success : ExitStatus.failure
    }
}
