internal import Database
internal import EventStore
internal import EventTypes
internal import Runtime
internal import ServiceKit
internal import Synchronization

/// Sends what waits to be sent, several messages at once: codes first, then in the order in which
/// they were asked for. It hears of new ones as they are committed.
struct Mailer: Component {
    /// How long at most until it looks again.
    private static let idleLimit: Duration = .seconds(5)
    /// So that a busy log does not make it look for every single event.
    private static let breath: Duration = .milliseconds(5)
    private static let faultPause: Duration = .seconds(1)
    /// How long a connection that nobody needs is kept.
    private static let connectionPatience: Duration = .seconds(20)

    let process: EmailProcess
    let context: ServiceContext
    let server: MailServer
    let connections: Int
    let logger: Logger

    func run(_ lifecycle: Lifecycle) async throws {
        let sessions = MailSessions(server, count: connections)
        let flight = Flight(limit: connections)
        lifecycle.onShutdown { sessions.stopBeginning() }
        lifecycle.ready()
        await withDiscardingTaskGroup { group in
            var lastUse = ContinuousClock.now
            while !lifecycle.isShuttingDown, !Task.isCancelled {
                do {
                    await flight.waitForRoom()
                    let head = try await context.store.head()
                    await context.waitForProjections(head, [MessagesProjection.readModel])
                    let due = try await waiting(flight)
                    for id in due {
                        flight.begin(id)
                        group.addTask { await send(id, sessions, flight, lifecycle) }
                    }
                    if !due.isEmpty || !flight.isEmpty {
                        lastUse = .now
                    } else if lastUse.duration(to: .now) > Self.connectionPatience {
                        await sessions.closeIdle()
                    }
                    if due.isEmpty {
                        await showCounts()
                        await rest(beyond: head, lifecycle)
                    }
                } catch {
                    if lifecycle.isShuttingDown { break }
                    logger.warning("what is to be sent is not known", ["error": "\(error)"])
                    _ = await lifecycle.pause(Self.faultPause, on: context.loop)
                }
            }
        }
        await sessions.end()
    }

    private func send(
        _ id: EventID, _ sessions: MailSessions, _ flight: Flight, _ lifecycle: Lifecycle
    ) async {
        do {
            try await process.send(id) { await sessions.deliver($0) }
        } catch {
            if !lifecycle.isShuttingDown {
                logger.warning(
                    "a message waits: it could not be looked at",
                    ["message": id, "error": "\(error)"])
                _ = await lifecycle.pause(Self.faultPause, on: context.loop)
            }
        }
        flight.end(id)
    }

    private func waiting(_ flight: Flight) async throws -> [EventID] {
        let (busy, room) = flight.standing
        let rows = try await context.pool.query(
            """
            select message_id from message
            where state = 'requested' and not message_id = any(\(busy))
            order by priority, number limit \(room)
            """, isReadOnly: true)
        return try rows.map { try $0.get(0) }
    }

    private func showCounts() async {
        let states = EmailMessage.Phase.unsettled.map(\.rawValue)
        let rows = try? await context.pool.query(
            """
            select state, count(*) as count from message where state = any(\(states))
            group by state
            """, isReadOnly: true)
        guard let rows else { return }
        var counts: [String: Int64] = [:]
        for row in rows {
            guard let state = try? row.get("state", as: String.self) else { continue }
            counts[state] = try? row.get("count", as: Int64.self)
        }
        process.meters.show(counts)
    }

    /// Until there is news, or the shutdown.
    private func rest(beyond head: Int64, _ lifecycle: Lifecycle) async {
        let store = context.store
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await store.wait(beyond: head, atMost: Self.idleLimit) }
            group.addTask { await lifecycle.shutdownRequested() }
            await group.next()
            group.cancelAll()
        }
        _ = await lifecycle.pause(Self.breath, on: context.loop)
    }
}

/// The messages that are being sent.
private final class Flight: Sendable {
    private struct State {
        var ids: Set<EventID> = []
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { state.withLock { $0.ids.isEmpty } }

    /// Which they are, and for how many more there is room.
    var standing: (busy: [EventID], room: Int) {
        state.withLock { ($0.ids.sorted(), limit - $0.ids.count) }
    }

    func begin(_ id: EventID) { state.withLock { _ = $0.ids.insert(id) } }

    func end(_ id: EventID) {
        let waiter = state.withLock { state in
            state.ids.remove(id)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns once one more can be sent. One waiter at a time; what is under way ends in time, so
    /// nobody waits for ever.
    func waitForRoom() async {
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if state.ids.count < limit { return true }
                state.waiter = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }
}
