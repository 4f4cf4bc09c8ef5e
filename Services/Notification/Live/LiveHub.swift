internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit
internal import Synchronization

/// Tells connected people what the log says about them, as soon as the read model shows it.
///
/// Every replica follows the log by itself, so a person may be connected to any of them.
final class LiveHub: Component {
    /// The read model that shows what people were told.
    static let projection = "notifications"
    static let heartbeatSeconds = 25
    /// How often expired tokens are looked for.
    private static let expiryInterval: Duration = .seconds(1)
    private static let retryPause: Duration = .seconds(1)
    private static let batchLimit = 500

    /// What one connection may send, and how it is kept alive.
    ///
    /// A client that answers pings is there, however long it has nothing to say; one that does not
    /// is given up long before the five minutes after which silence would end a connection.
    static var limits: WebSocketLimits {
        var limits = WebSocketLimits()
        limits.frameBytes = 4_096
        limits.messageBytes = 4_096
        limits.fragments = 16
        limits.unread = 4
        limits.writeWindow = 16_384
        limits.pingAfter = .seconds(heartbeatSeconds)
        limits.pongWithin = .seconds(30)
        limits.silenceCode = LiveEnd.idle.code
        limits.framesPerMinute = 100
        limits.excessCode = LiveEnd.tooMuch.code
        limits.closeTimeout = .seconds(2)
        return limits
    }

    /// Connections of the server: the live ones, and room for requests.
    static var serverLimits: HTTPLimits {
        var limits = HTTPLimits()
        limits.connections = LiveState.Limits().connections + 1_024
        return limits
    }

    private struct Peer: Sendable {
        let socket: WebSocketConnection
        /// How long new messages are gathered before they are sent.
        let pause: Duration
        /// The first messages were sent.
        var isGreeted = false
    }

    private let context: ServiceContext
    private let state: Mutex<LiveState>
    private let peers = Mutex<[LiveConnectionID: Peer]>([:])
    /// What is to be done to sockets.
    private let steps: AsyncStream<[LiveState.Step]>
    private let feed: AsyncStream<[LiveState.Step]>.Continuation
    private let logger: Logger
    private let metrics: LiveMetrics

    init(_ context: ServiceContext, limits: LiveState.Limits = LiveState.Limits()) {
        self.context = context
        state = Mutex(LiveState(limits: limits))
        (steps, feed) = AsyncStream.makeStream()
        logger = context.logger.labelled("live")
        metrics = LiveMetrics(context.metrics)
        metrics.observe { [weak self] in self?.state.withLock { $0.count } }
    }

    // MARK: Following the log

    func run(_ lifecycle: Lifecycle) async throws {
        let head = try await context.store.head()
        state.withLock { $0.skip(to: head) }
        lifecycle.ready()
        lifecycle.onShutdown { [feed] in feed.finish() }
        await withDiscardingTaskGroup { group in
            group.addTask(executorPreference: context.loop) { await self.follow() }
            group.addTask(executorPreference: context.loop) { await self.watchExpiry() }
            for await steps in steps {
                for step in steps {
                    group.addTask(executorPreference: context.loop) { await self.perform(step) }
                }
            }
            group.cancelAll()
        }
    }

    private func follow() async {
        while !Task.isCancelled {
            do {
                try await followOn()
            } catch {
                if Task.isCancelled { return }
                logger.warning("following the log was interrupted", ["error": "\(error)"])
                try? await context.loop.sleep(for: Self.retryPause)
            }
        }
    }

    /// Waits for one more event and tells everything up to the present.
    private func followOn() async throws {
        let (position, isEmpty) = state.withLock { ($0.position, $0.count == 0) }
        guard await context.waitForProjections(position + 1, [Self.projection]) else { return }
        if isEmpty {
            let head = try await context.store.head()
            state.withLock { $0.skip(to: head) }
            return
        }
        let events = try await context.store.readAll(after: position, limit: Self.batchLimit)
        guard let last = events.last else { return }
        // Who is told of something finds it in the list, too, and a cursor is never ahead of it.
        guard await context.waitForProjections(last.position, [Self.projection]) else { return }
        publish(events.compactMap(change), upTo: last.position)
    }

    private func change(_ event: RecordedEvent) -> LiveChange? {
        do {
            return try LiveChange.of(event)
        } catch {
            logger.error(
                "an event could not be read", ["position": event.position, "error": "\(error)"])
            return nil
        }
    }

    private func publish(_ changes: [LiveChange], upTo position: Int64) {
        hand(state.withLock { $0.publish(changes, upTo: position, encode: Self.text) })
    }

    private func watchExpiry() async {
        while !Task.isCancelled {
            try? await context.loop.sleep(for: Self.expiryInterval)
            let now = context.clock.now()
            hand(state.withLock { $0.count == 0 ? [] : $0.expire(at: now) })
        }
    }

    // MARK: Connections

    /// Serves a connection until it ends.
    func serve(_ socket: WebSocketConnection, _ session: LiveSession) async {
        let id: LiveConnectionID
        let position: Int64
        do throws(LiveEnd) {
            (id, position) = try state.withLock { state throws(LiveEnd) in
                try state.join(session.userID, expiresAt: session.expiresAt)
            }
        } catch {
            return await close(socket, error)
        }
        peers.withLock { $0[id] = Peer(socket: socket, pause: session.pause) }
        defer {
            state.withLock { $0.leave(id) }
            peers.withLock { $0[id] = nil }
        }
        do {
            let past = try await LivePast.read(
                session.userID, after: session.cursor, atLeast: position, context)
            let messages = past.frames.map {
                LiveState.Message(position: $0.cursor?.position, text: Self.text($0))
            }
            let step = state.withLock { $0.admit(id, past: messages, shown: past.shown) }
            hand(step.map { [$0] } ?? [])
        } catch {
            logger.warning("a connection's past could not be read", ["error": "\(error)"])
            return await close(socket, .unavailable)
        }
        do {
            for try await message in socket.messages {
                metrics.received.add()
                try await obey(message, id, session)
            }
        } catch let end as LiveEnd {
            await close(socket, end)
        } catch {
            // The socket has ended, and its peer was told why.
        }
    }

    private static let requestLimits = JSON.Limits(depth: 4, bytes: limits.messageBytes)

    /// Does what a client asks for.
    ///
    /// - Throws: `LiveEnd` for what nobody may ask.
    private func obey(
        _ message: WebSocketMessage, _ id: LiveConnectionID, _ session: LiveSession
    ) async throws {
        guard case .text(let text) = message else { throw LiveEnd.binary }
        guard
            let request = try? JSON.decode(
                LiveRequest.self, from: text, limits: Self.requestLimits)
        else { throw LiveEnd.malformed }
        switch request.type {
        case .ping: answer(id, .pong)
        case .read:
            guard let notification = request.notificationID else { throw LiveEnd.malformed }
            if let problem = await read(notification, session) {
                answer(id, .error(problem, notification))
            }
        }
    }

    /// Notes that a notification was read; every device of the person hears of it by the log.
    ///
    /// - Returns: why it could not be, as the name of a problem.
    private func read(_ id: NotificationID, _ session: LiveSession) async -> String? {
        let command = CommandContext(
            correlationID: context.ids.next(), actor: "user:\(session.userID)")
        let now = context.clock.now()
        do {
            try await context.store.commit(command) { unit in
                try await unit.decide(
                    Notification.self, id, .read(by: session.userID, at: now))
            }
            return nil
        } catch is Notification.Refusal {
            return ProblemSlug.notFound.slug
        } catch {
            logger.warning("a notification could not be read", ["error": "\(error)"])
            return ProblemSlug.unavailable.slug
        }
    }

    // MARK: Sending

    private func answer(_ id: LiveConnectionID, _ frame: LiveFrame) {
        let text = Self.text(frame)
        hand(state.withLock { $0.answer(id, text) }.map { [$0] } ?? [])
    }

    /// Has steps done by the hub's own tasks.
    private func hand(_ steps: [LiveState.Step]) {
        if !steps.isEmpty { feed.yield(steps) }
    }

    private func perform(_ step: LiveState.Step) async {
        switch step {
        case .write(let id):
            let peer = peers.withLock { peers in
                defer { peers[id]?.isGreeted = true }
                return peers[id]
            }
            if let peer { await write(id, peer) }
        case .close(let id, let end):
            if let peer = peers.withLock({ $0[id] }) { await close(peer.socket, end) }
        }
    }

    /// Sends what is held for a connection until nothing is.
    private func write(_ id: LiveConnectionID, _ peer: Peer) async {
        if peer.isGreeted, peer.pause > .zero { try? await context.loop.sleep(for: peer.pause) }
        while let message = state.withLock({ $0.next(id) }) {
            do {
                try await peer.socket.send(message.text)
                metrics.sent.add()
            } catch {
                return state.withLock { $0.leave(id) }
            }
        }
    }

    private func close(_ socket: WebSocketConnection, _ end: LiveEnd) async {
        metrics.ended.add(1, end.rawValue)
        await socket.close(end.code, reason: end.reason)
    }

    private static func text(_ frame: LiveFrame) -> String {
        // Frames hold nothing that has no JSON.
        (try? JSON.text(frame)) ?? "{}"
    }
}
