import EventStore
import EventTypes
import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport

@testable import NotificationService

/// The service on a real port with its hub running.
struct LiveScene {
    let harness: ServiceHarness<NotificationService>
    let port: Int
    let client: HTTPClient

    static let ann: UserID = SequentialIdentifiers.identifier(1)
    static let bob: UserID = SequentialIdentifiers.identifier(2)

    static func with(_ body: (LiveScene) async throws -> Void) async throws {
        try await ServiceHarness<NotificationService>.with(.database) { harness in
            let loop = harness.context.loop
            var components: [(name: String, component: any Component)] =
                harness.blueprint.components.filter { $0.name == "live" }
            let server = try HTTPServer(
                configuration: HTTPServerConfiguration(port: 0), loops: [loop],
                logger: harness.context.logger, metrics: Metrics(), handler: harness.handler)
            components.append(("http", server))
            try await ComponentSession.run(components, on: loop) {
                let client = HTTPClient(loop: loop)
                let outcome: Result<Void, any Error>
                do {
                    outcome = .success(
                        try await body(
                            LiveScene(harness: harness, port: server.port, client: client)))
                } catch {
                    outcome = .failure(error)
                }
                await client.close()
                try outcome.get()
            }
        }
    }

    // MARK: What happens

    @discardableResult
    func raise(
        _ number: Int, to user: UserID = ann, channels: Channels = .all
    ) async throws -> NotificationID {
        try await commit(number, .raise(LiveWorld.message(number, to: user, channels: channels)))
        return LiveWorld.id(number)
    }

    func commit(_ number: Int, _ command: Notification.Command) async throws {
        try await harness.store.commit(CommandContext(correlationID: harness.ids.next())) { unit in
            try await unit.decide(Notification.self, LiveWorld.id(number), command)
        }
    }

    // MARK: Connections

    func connect(
        _ user: UserID = ann, after cursor: LiveCursor? = nil
    ) async throws -> LiveDevice {
        let token = try harness.token(for: .customer(user)) ?? ""
        let query = cursor.map { "?after=\($0)" } ?? ""
        return LiveDevice(
            try await client.webSocket(
                "ws://127.0.0.1:\(port)/ws\(query)", headers: ["Authorization": "Bearer \(token)"],
                subprotocols: ["souk.v1"]))
    }

    /// What the polling twin answers.
    func poll(_ user: UserID = ann, after cursor: LiveCursor? = nil) async throws -> [LiveFrame] {
        let query = cursor.map { "?after=\($0)" } ?? ""
        let response = try await harness.call(
            .get, "/api/v1/notifications/live\(query)", as: .customer(user))
        return try response.decode(LiveFrames.self).items
    }
}

/// One open connection.
final class LiveDevice {
    let socket: WebSocketConnection
    private var messages: WebSocketConnection.Messages.AsyncIterator

    init(_ socket: WebSocketConnection) {
        self.socket = socket
        messages = socket.messages.makeAsyncIterator()
    }

    /// The next frame; nil when the server closed.
    func next() async throws -> LiveFrame? {
        var messages = messages
        defer { self.messages = messages }
        guard case .text(let text)? = try await messages.next() else { return nil }
        return try LiveWorld.frame(text)
    }

    /// Reads to the end.
    ///
    /// - Returns: the code that the server closed with.
    func closeCode() async throws -> Int {
        while try await next() != nil {}
        do {
            try await socket.send("anything")
            return 0
        } catch let error as WebSocketError {
            return Int(error.code.rawValue)
        }
    }
}
