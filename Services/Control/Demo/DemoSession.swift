internal import HTTP
internal import JSON
internal import Synchronization

/// Somebody who is signed in, or will be.
final class DemoSession: Sendable {
    let email: String
    let address: String
    private let password: String

    private struct State {
        var token: String?
        var isRenewing = false
    }

    private let state = Mutex(State())

    init(email: String, password: String, address: String) {
        self.email = email
        self.password = password
        self.address = address
    }

    var token: String? { state.withLock { $0.token } }
    var isRenewing: Bool { state.withLock { $0.isRenewing } }

    /// What registering and signing in send.
    var credentials: JSONValue {
        ["email": .string(email), "password": .string(password)]
    }

    /// Signs in, for the first time or because the token has expired.
    func renew(with client: DemoClient) async throws {
        state.withLock { $0.isRenewing = true }
        defer { state.withLock { $0.isRenewing = false } }
        var request = try DemoClient.Request(.post, "/api/v1/auth/login", json: credentials)
        request.address = address
        let answer = try await client.send(request)
        let token = try answer.text("access_token")
        state.withLock { $0.token = token }
    }
}
