import HTTP
import JSON
import Runtime
import Synchronization
import Testing

/// What a person is told live, until the socket is left.
final class LiveSocket: Sendable {
    private struct State {
        var types: [String] = []
        var ids: [String] = []
        var cursor: String?
        var isGreeted = false
    }

    private let state = Mutex(State())
    private let connection: WebSocketConnection
    private let loop: EventLoop
    private let http: HTTPClient

    /// Opens `/ws` of the gateway, behind `cursor` where one is given.
    init(_ client: LiveClient, after cursor: String? = nil) async throws {
        loop = EventLoop(name: "live")
        http = HTTPClient(loop: loop)
        var url = "ws" + client.gateway.dropFirst("http".count) + "/ws"
        if let cursor { url += "?" + QueryParameters([("after", cursor)]).encoded }
        connection = try await http.webSocket(
            url, headers: ["Authorization": "Bearer \(client.token ?? "")"],
            subprotocols: ["souk.v1"])
        Task { try await self.listen() }
        try await Eventually.holds { self.state.withLock { $0.isGreeted } }
    }

    deinit { loop.stop() }

    var types: [String] { state.withLock { $0.types } }
    var ids: [String] { state.withLock { $0.ids } }
    var cursor: String? { state.withLock { $0.cursor } }

    func leave() async { await connection.close(.goingAway) }

    private func listen() async throws {
        for try await message in connection.messages {
            guard case .text(let text) = message else { continue }
            let frame = try JSON.decode(JSONValue.self, from: text)
            state.withLock { state in
                if let cursor = frame["cursor"] {
                    state.cursor = cursor.string ?? cursor.integer.map { String($0) }
                }
                if frame["type"]?.string == "hello" { state.isGreeted = true }
                guard frame["type"]?.string == "notification",
                    let id = frame["notification"]?["id"]?.string,
                    let type = frame["notification"]?["type"]?.string
                else { return }
                state.ids.append(id)
                state.types.append(type)
            }
        }
    }
}
