internal import HTTP
internal import JSON
internal import Runtime
internal import Synchronization

/// Follows what one customer is told, live through the gateway, across connections that break.
final class DemoLive: Sendable {
    /// What was heard.
    struct Heard: Sendable {
        /// Those that were there before the first connection, which are not told again.
        var before: Set<String> = []
        /// How often each came.
        var counts: [String: Int] = [:]
        var connections = 0
        /// How often the server said that too much was missed.
        var resets = 0
    }

    static let pause: Duration = .milliseconds(200)

    private struct State {
        var heard = Heard()
        var cursor: String?
        var isAway = false
        var connection: WebSocketConnection?
    }

    private let state = Mutex(State())
    private let client: DemoClient
    private let session: DemoSession

    init(client: DemoClient, session: DemoSession) {
        self.client = client
        self.session = session
    }

    var heard: Heard { state.withLock { $0.heard } }

    /// Listens until it is cancelled; resumes behind the last message after each break.
    func follow() async throws {
        while true {
            if !state.withLock({ $0.isAway }) {
                do {
                    try await listen()
                } catch let error {
                    if Task.isCancelled || error is CancellationError { throw error }
                    // Something is being restarted, or the token has expired.
                    if error is HTTPClientError { try? await session.renew(with: client) }
                }
                state.withLock { $0.connection = nil }
            }
            try await client.loop.sleep(for: Self.pause)
        }
    }

    /// Breaks the connection and stays away until `comeBack()`.
    func leave() async {
        let connection = state.withLock { state in
            state.isAway = true
            return state.connection
        }
        await connection?.close(.goingAway, reason: "a tunnel")
    }

    func comeBack() { state.withLock { $0.isAway = false } }

    private func listen() async throws {
        var url = client.url.replacingScheme("http", by: "ws") + "/ws"
        if let cursor = state.withLock({ $0.cursor }) {
            url += "?" + QueryParameters([("after", cursor)]).encoded
        }
        let connection = try await client.http.webSocket(
            url,
            headers: [
                "Authorization": "Bearer \(session.token ?? "")", "X-API-Key": client.apiKey,
                "X-Forwarded-For": session.address,
            ], subprotocols: ["souk.v1"])
        state.withLock { state in
            state.connection = connection
            state.heard.connections += 1
        }
        for try await message in connection.messages {
            guard case .text(let text) = message,
                let frame = try? JSON.decode(JSONValue.self, from: text)
            else { continue }
            try await hear(frame)
        }
    }

    private func hear(_ frame: JSONValue) async throws {
        let cursor = frame["cursor"].flatMap { $0.string ?? $0.integer.map { String($0) } }
        let isFirst = state.withLock { $0.cursor == nil }
        switch frame["type"]?.string {
        case "hello" where isFirst:
            // What is there now may have been told before; what comes later will be told here.
            let known = try await list().compactMap { $0["id"]?.string }
            state.withLock { $0.heard.before = Set(known) }
        case "notification":
            guard let id = frame["notification"]?["id"]?.string else { break }
            state.withLock { $0.heard.counts[id, default: 0] += 1 }
        case "reset": state.withLock { $0.heard.resets += 1 }
        default: break
        }
        if let cursor { state.withLock { $0.cursor = cursor } }
    }

    /// What the list of the customer says now.
    func list() async throws -> [JSONValue] {
        try await client.items(
            DemoClient.Request(.get, "/api/v1/notifications?state=all&limit=100", by: session))
    }
}

extension String {
    fileprivate func replacingScheme(_ old: String, by new: String) -> String {
        hasPrefix(old) ? new + dropFirst(old.utf8.count) : self
    }
}
