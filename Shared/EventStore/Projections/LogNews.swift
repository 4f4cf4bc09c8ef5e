internal import Database
internal import EventTypes
internal import Runtime
internal import Synchronization

/// What the processes of one service tell each other over NOTIFY: how far the log is, and how far
/// its read models are. So a follower in one hears of a commit in another within milliseconds.
///
/// It is told apart from the commits, in a transaction that writes nothing: a NOTIFY within them
/// would make the commits of all services wait for each other. Whoever projects speaks only while
/// it has heard of others; alone, nothing is sent. What is lost is made up for by looking.
final class LogNews: Sendable {
    /// How often a process that stands by says that it is there.
    static let greetingInterval: Duration = .seconds(1)
    /// How long after the last word of another process it is taken to be there.
    static let hearing: Duration = .seconds(4)
    /// Between two messages: what happens meanwhile is in the next one.
    static let shortestPause: Duration = .milliseconds(5)
    /// What stands for the log among the names of read models.
    private static let log = "*"

    private struct State {
        /// The highest positions that were told or heard, by name.
        var known: [String: Int64] = [:]
        var isLeading = false
        var othersUntil: ContinuousClock.Instant?
        var greetAt = ContinuousClock.now
    }

    private let store: PostgresEventStore
    private let tails: [String: LogTail]
    private let pool: DatabasePool
    private let loop: EventLoop
    private let channel: String
    /// Tells this process's own messages from others'.
    private let token: String
    private let state = Mutex(State())
    private let wake = WakeUp()

    init(store: PostgresEventStore, tails: [String: LogTail], pool: DatabasePool, loop: EventLoop) {
        self.store = store
        self.tails = tails
        self.pool = pool
        self.loop = loop
        channel = "souk.log.\(store.schema)"
        token = store.ids.next(EventTag.self).description
        for tail in [store.tail] + tails.values {
            tail.onAdvance { [weak self] in self?.noteAdvance() }
        }
    }

    /// Says whether this process is the one that projects.
    func setLeading(_ isLeading: Bool) { state.withLock { $0.isLeading = isLeading } }

    /// Hears on a connection, and tells, until the task is cancelled.
    ///
    /// - Throws: `DatabaseError` when the connection is lost.
    func exchange(on connection: Connection) async throws {
        let heard = connection.notifications
        try await connection.listen(channel)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) {
                for try await notification in heard { self.hear(notification.payload) }
            }
            group.addTask(executorPreference: loop) { await self.tellAll() }
            try await group.next()
            group.cancelAll()
        }
    }

    // MARK: Telling

    private func noteAdvance() {
        if state.withLock({ Self.isHeard($0) }) { wake.wake() }
    }

    /// Whether anybody listens.
    private static func isHeard(_ state: State) -> Bool {
        !state.isLeading || state.othersUntil.map { ContinuousClock.now < $0 } ?? false
    }

    private func tellAll() async {
        await withTaskCancellationHandler {
            while !Task.isCancelled {
                if let message = next() {
                    // What cannot be told now is looked up by the others.
                    _ = try? await pool.query("select pg_notify(\(channel), \(message))")
                    try? await loop.sleep(for: Self.shortestPause)
                } else {
                    await wake.wait(atMost: Self.greetingInterval, on: loop)
                }
            }
        } onCancel: {
            wake.wake()
        }
    }

    /// - Returns: nil when there is nothing to tell, or nobody to tell it to.
    private func next() -> String? {
        let positions = tails.mapValues(\.position).merging([Self.log: store.tail.position]) { $1 }
        return state.withLock { state in
            guard Self.isHeard(state) else { return nil }
            let fresh = positions.filter { $0.value > state.known[$0.key] ?? 0 }
            let isGreetingDue = !state.isLeading && ContinuousClock.now >= state.greetAt
            if fresh.isEmpty, !isGreetingDue { return nil }
            state.known.merge(fresh) { $1 }
            state.greetAt = .now + Self.greetingInterval
            let words = fresh.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return ([token] + words).joined(separator: " ")
        }
    }

    // MARK: Hearing

    private func hear(_ message: String) {
        let words = message.split(separator: " ")
        guard let sender = words.first, sender != token else { return }
        let positions = words.dropFirst().compactMap { word -> (name: String, position: Int64)? in
            let parts = word.split(separator: "=")
            guard parts.count == 2, let position = Int64(parts[1]) else { return nil }
            return (String(parts[0]), position)
        }
        state.withLock { state in
            state.othersUntil = .now + Self.hearing
            for (name, position) in positions {
                state.known[name] = max(state.known[name] ?? 0, position)
            }
        }
        for (name, position) in positions {
            (name == Self.log ? store.tail : tails[name])?.advance(to: position)
        }
        // A newcomer is told at once where things are.
        wake.wake()
    }
}
