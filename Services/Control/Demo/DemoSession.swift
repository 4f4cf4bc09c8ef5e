internal import Crypto
internal import EventTypes
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
        var userID: UserID?
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

    /// Who it is, as the token says; nil before the first signing in.
    var userID: UserID? { state.withLock { $0.userID } }

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
        let userID = Self.subject(of: token)
        state.withLock { state in
            state.token = token
            state.userID = userID ?? state.userID
        }
    }

    /// Whom an access token is for.
    private static func subject(of token: String) -> UserID? {
        let parts = token.split(separator: ".")
        guard parts.count == 3, let bytes = Base64URL.decode(parts[1]),
            let claims = try? JSON.decode(JSONValue.self, from: bytes)
        else { return nil }
        return claims["sub"]?.string.flatMap(UserID.init)
    }
}
