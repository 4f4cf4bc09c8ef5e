internal import HTTP
internal import ServiceKit
internal import Synchronization

/// How many WebSockets are open, in all and for each client.
final class SocketSlots: Sendable {
    private struct State {
        var total = 0
        var byClient: [String: Int] = [:]
    }

    /// One open WebSocket; free again when this is gone.
    final class Slot: Sendable {
        private let slots: SocketSlots
        private let client: String

        fileprivate init(_ slots: SocketSlots, _ client: String) {
            self.slots = slots
            self.client = client
        }

        deinit { slots.free(client) }
    }

    private let limit: Int
    private let limitPerClient: Int
    private let state = Mutex(State())

    init(limit: Int, perClient: Int) {
        self.limit = limit
        limitPerClient = perClient
    }

    var count: Int { state.withLock { $0.total } }

    /// - Throws: `Problem` 503 when there is no room, 429 when this client has enough.
    func take(for client: String) throws -> Slot {
        try state.withLock { state in
            guard state.total < limit else {
                throw Problem.unavailable("Too many live connections are open.", retryAfter: 5)
            }
            guard state.byClient[client, default: 0] < limitPerClient else {
                var problem = ProblemSlug.tooManyRequests.problem(
                    "At most \(limitPerClient) live connections of one client are open at a time.")
                problem.headers.set("Retry-After", "5")
                throw problem
            }
            state.total += 1
            state.byClient[client, default: 0] += 1
        }
        return Slot(self, client)
    }

    private func free(_ client: String) {
        state.withLock { state in
            state.total -= 1
            let left = state.byClient[client, default: 1] - 1
            state.byClient[client] = left == 0 ? nil : left
        }
    }
}
