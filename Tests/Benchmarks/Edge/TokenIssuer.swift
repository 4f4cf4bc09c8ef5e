import Crypto
import EventTypes
import HTTP
import Runtime
import ServiceKit

/// Signs access tokens in place of the user service, and shows its keys.
final class TokenIssuer: Sendable {
    let userIDs: [UserID]
    /// In the order of `userIDs`.
    let tokens: [String]
    let url: String
    private let loop: EventLoop
    private let server: HTTPServer

    /// One of the run, with so many people.
    static func shared(_ bench: Bench) async throws -> TokenIssuer {
        try await bench.once("issuer") { try await TokenIssuer(people: 10_000) }
    }

    private init(people: Int) async throws {
        let ids = UUIDv7Generator()
        userIDs = (0..<people).map { _ in ids.next(UserTag.self) }
        let key = SigningKey.generate()
        let signer = JWTSigner(key: key)
        let now = SystemClock().now()
        tokens = try userIDs.map { user in
            try signer.sign(
                AccessClaims(
                    Identity(
                        userID: user, roles: [.customer], sessionID: SessionID(user)),
                    issuedAt: now, lifetime: .seconds(6 * 3_600),
                    tokenID: "\(ids.next(CommandTag.self))"))
        }
        loop = EventLoop(name: "bench-issuer")
        let set = JWKSet(keys: [key.publicJWK])
        server = try HTTPServer(
            configuration: HTTPServerConfiguration(port: 0), loops: [loop], logger: .bench,
            metrics: Metrics()
        ) { _ in try .json(set) }
        try await server.start()
        url = "http://127.0.0.1:\(server.port)/jwks.json"
    }
}
