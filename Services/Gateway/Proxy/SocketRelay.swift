internal import HTTP
internal import Runtime
internal import Synchronization

/// Passes the messages of one WebSocket on, in both directions, until either side ends it.
///
/// Both sides are held to RFC 6455 for themselves: what breaks it ends with the right code and goes
/// no further. Who does not take messages is sent no more, and then the other side is not read.
final class SocketRelay: Sendable {
    /// No message in either direction for too long.
    private static let idleCode: WebSocketCloseCode = 4408
    /// The service broke off, or broke the protocol.
    private static let badGateway: WebSocketCloseCode = 1014

    /// What came of it.
    struct Report: Sendable {
        let code: WebSocketCloseCode
        let fromClient: Int
        let fromService: Int
    }

    private struct Counts {
        var fromClient = 0
        var fromService = 0
        var latest = ContinuousClock.now
    }

    private let client: WebSocketConnection
    private let service: WebSocketConnection
    private let idle: Duration
    private let loop: EventLoop
    private let counts = Mutex(Counts())

    init(
        client: WebSocketConnection, service: WebSocketConnection, idle: Duration, loop: EventLoop
    ) {
        self.client = client
        self.service = service
        self.idle = idle
        self.loop = loop
    }

    /// Returns when both sides are closed.
    func run() async -> Report {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [self] in
                await pass(from: client, to: service, broken: .goingAway)
                return true
            }
            group.addTask { [self] in
                await pass(from: service, to: client, broken: Self.badGateway)
                return true
            }
            group.addTask { [self] in
                await watch()
                return false
            }
            var directions = 2
            while directions > 0, let isDirection = await group.next() {
                if isDirection { directions -= 1 }
            }
            group.cancelAll()
        }
        let (fromClient, fromService) = counts.withLock { ($0.fromClient, $0.fromService) }
        return Report(
            code: client.ending?.code ?? .abnormal, fromClient: fromClient,
            fromService: fromService)
    }

    /// - Parameter broken: what the receiver is told when the sender is gone without a word, or
    ///   broke the protocol.
    private func pass(
        from sender: WebSocketConnection, to receiver: WebSocketConnection,
        broken: WebSocketCloseCode
    ) async {
        var messages = sender.messages.makeAsyncIterator()
        while true {
            let message: WebSocketMessage?
            do {
                message = try await messages.next()
            } catch {
                return await receiver.close(broken)
            }
            guard let message else {
                let ending = sender.ending ?? WebSocketError(.goingAway, reason: "")
                return await receiver.close(ending.code, reason: ending.reason)
            }
            counts.withLock { counts in
                if sender === client { counts.fromClient += 1 } else { counts.fromService += 1 }
                counts.latest = .now
            }
            do {
                switch message {
                case .text(let text): try await receiver.send(text)
                case .binary(let bytes): try await receiver.send(bytes)
                }
            } catch {
                // The receiver has ended; the other direction tells the sender.
                return
            }
        }
    }

    private func watch() async {
        while true {
            let left = idle - (ContinuousClock.now - counts.withLock { $0.latest })
            guard left > .zero else { return client.abandon(Self.idleCode, reason: "idle") }
            do {
                try await loop.sleep(for: left)
            } catch {
                return
            }
        }
    }
}
