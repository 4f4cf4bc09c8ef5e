public import Database
public import EventTypes
public import Runtime
internal import Synchronization

/// An event store without a server, for tests and previews: the same promises, kept to by the same
/// contract suite, but nothing survives the process.
///
/// Statements of `UnitOfWork.execute` are not run; they can be looked at in `statements`.
public final class MemoryEventStore: EventStore {
    struct State: Sendable {
        var log: [RecordedEvent] = []
        var streams: [StreamID: [Int]] = [:]
        var claims: [ClaimKey: StreamID] = [:]
        var outcomes: [IdempotencyKeyName: StoredOutcome] = [:]
        var inFlight: Set<IdempotencyKeyName> = []
        var timers: [TimerName: TimerRequest] = [:]
        var positions: [InboxSlot: SlotPosition] = [:]
        var statements: [SQL] = []
    }

    struct ClaimKey: Hashable { let scope: String, key: String }
    struct IdempotencyKeyName: Hashable { let scope: String, key: String }
    struct TimerName: Hashable { let kind: String, key: String }
    struct InboxSlot: Hashable { let source: String, topic: String, slot: Int }

    let state = Mutex(State())
    let clock: any WallClock
    let ids: any IdentifierGenerator
    let upcasters: UpcasterChain

    /// An empty store.
    public init(
        clock: any WallClock = SystemClock(), ids: any IdentifierGenerator = UUIDv7Generator(),
        upcasters: UpcasterChain = .none
    ) {
        self.clock = clock
        self.ids = ids
        self.upcasters = upcasters
    }

    public func commit<R: Codable & Sendable>(
        _ context: CommandContext, _ body: @Sendable (UnitOfWork) async throws -> R
    ) async throws -> Committed<R> {
        guard let key = context.repeatKey else {
            return try await UnitRunner(backend: self).run(context, body)
        }
        let name = IdempotencyKeyName(scope: key.scope, key: key.key)
        guard state.withLock({ $0.inFlight.insert(name).inserted }) else {
            throw EventStoreError.idempotencyInFlight
        }
        defer { state.withLock { _ = $0.inFlight.remove(name) } }
        return try await UnitRunner(backend: self).run(context, body)
    }

    public func read(
        _ stream: StreamID, after version: Int64, limit: Int
    ) async throws -> [RecordedEvent] {
        let events = state.withLock { state in
            (state.streams[stream] ?? []).dropFirst(Int(max(0, version))).prefix(limit)
                .map { state.log[$0] }
        }
        return try events.map { try $0.lifted(by: upcasters) }
    }

    public func readAll(after position: Int64, limit: Int) async throws -> [RecordedEvent] {
        let events = state.withLock { Array($0.log.dropFirst(Int(max(0, position))).prefix(limit)) }
        return try events.map { try $0.lifted(by: upcasters) }
    }

    public func head() async throws -> Int64 { state.withLock { Int64($0.log.count) } }

    /// Looks every few milliseconds: nothing in memory is worth more.
    public func wait(beyond position: Int64, atMost limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        while state.withLock({ Int64($0.log.count) }) <= position, ContinuousClock.now < deadline {
            guard (try? await Task.sleep(for: .milliseconds(2))) != nil else { return }
        }
    }

    public func load<D: Decider>(
        _ decider: D.Type, _ key: some CustomStringConvertible & Sendable
    ) async throws -> (state: D.State, version: Int64) {
        let opened = try await open(D.self, D.stream(key))
        return (opened.state, opened.version)
    }

    public func claimant(_ scope: String, _ key: String) async throws -> StreamID? {
        state.withLock { $0.claims[ClaimKey(scope: scope, key: key)] }
    }

    // MARK: For tests

    /// Everything written so far, in order.
    public var events: [RecordedEvent] { state.withLock { $0.log } }

    /// The statements that units asked for, in order.
    public var statements: [SQL] { state.withLock { $0.statements } }
}
