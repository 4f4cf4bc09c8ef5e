import Crypto
import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@Suite struct AccessTests {
    typealias Harness = ServiceHarness<CounterService>

    private static let user: UserID = SequentialIdentifiers.identifier(5)

    @Test(arguments: [
        ("open", 200, 200, 200), ("signed-in", 401, 200, 401), ("staff", 401, 403, 401),
        ("service", 401, 401, 200), ("wallet", 401, 401, 403),
    ])
    func everyRouteLetsInWhomItNamesAndNobodyElse(
        path: String, nobody: Int, customer: Int, service: Int
    ) async throws {
        try await Harness.with { harness async throws in
            func status(_ caller: HarnessCaller) async throws -> Int {
                try await harness.call(.get, "/api/v1/\(path)", as: caller).status.code
            }
            #expect(try await status(.none) == nobody)
            #expect(try await status(.customer(Self.user)) == customer)
            #expect(try await status(.service("cashback")) == service)
        }
    }

    @Test func rolesDoNotImplyOneAnother() async throws {
        try await Harness.with { harness async throws in
            func status(_ caller: HarnessCaller) async throws -> Int {
                try await harness.call(.get, "/api/v1/staff", as: caller).status.code
            }
            #expect(try await status(.support) == 200)
            #expect(try await status(.admin) == 200)
            #expect(try await status(.finance) == 403)
            let wallet = try await harness.call(.get, "/api/v1/wallet", as: .service("wallet"))
            #expect(wallet.status == 200 && wallet.json["actor"] == "service:wallet")
        }
    }

    @Test func tokensThatDoNotHoldAreRefused() async throws {
        try await Harness.with { harness async throws in
            let now = harness.clock.now()
            func claims(
                _ issuer: String = AccessClaims.defaultIssuer, lifetime: Duration = .seconds(60)
            ) -> AccessClaims {
                AccessClaims(
                    Identity(
                        userID: Self.user, roles: [.admin], sessionID: SessionID(Self.user)),
                    issuer: issuer, issuedAt: now, lifetime: lifetime, tokenID: "t")
            }
            let good = try harness.sign(claims())
            let parts = good.split(separator: ".").map(String.init)
            let none = Base64URL.encode(Array("{\"alg\":\"none\",\"typ\":\"JWT\"}".utf8))
            let bad = [
                try JWTSigner(key: .generate()).sign(claims()),
                try harness.sign(claims("somebody")),
                try harness.sign(claims(lifetime: .seconds(-100))),
                try harness.serviceToken(from: "wallet", to: "counter"),
                "\(none).\(parts[1]).", "\(parts[0]).\(parts[1])", "\(good).", "x", "",
                "\(parts[0]).\(parts[1]).\(String(parts[2].reversed()))",
            ]
            for token in bad {
                let answer = try await harness.call(.get, "/api/v1/signed-in", as: .token(token))
                #expect(answer.status == 401 && answer.problem == "unauthenticated")
                #expect(answer.headers["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
            }
            #expect(
                try await harness.call(.get, "/api/v1/signed-in", as: .token(good)).status == 200)
            // For everybody a bad token is as good as none.
            let open = try await harness.call(.get, "/api/v1/open", as: .token(bad[0]))
            #expect(open.status == 200 && open.json["actor"] == "anonymous")
        }
    }

    @Test func serviceTokensAreForOneServiceAndOneMinute() async throws {
        try await Harness.with { harness async throws in
            let other = try harness.serviceToken(from: "wallet", to: "user")
            let own = try harness.serviceToken(from: "wallet", to: "counter")
            func status(_ token: String) async throws -> Int {
                try await harness.call(.get, "/api/v1/wallet", as: .token(token)).status.code
            }
            #expect(try await status(other) == 401)
            #expect(try await status(own) == 200)
            harness.clock.advance(by: .seconds(120))
            #expect(try await status(own) == 401)
            // A key speaks for its own service only.
            let key = harness.serviceKey(of: "cashback")
            let liar = ServiceTokens(
                name: "wallet", key: key, clock: harness.clock, ids: harness.ids)
            #expect(try await status(try liar.token(for: "counter")) == 401)
        }
    }

    @Test func whatIsNotThereIsNotFoundAndOtherMethodsAreNamed() async throws {
        try await Harness.with { harness async throws in
            #expect(try await harness.call(.get, "/api/v1/nothing").problem == "not-found")
            let answer = try await harness.call(.delete, "/api/v1/open")
            #expect(answer.status == 405 && answer.headers["Allow"] == "GET, HEAD")
        }
    }

    @Test func errorsThatNobodyForesawTellNothing() async throws {
        try await Harness.with { harness async throws in
            let answer = try await harness.call(
                .get, "/api/v1/fail", headers: ["X-Request-ID": "abc.1"])
            #expect(answer.status == 500 && answer.problem == "unexpected")
            #expect(!answer.text.contains("s3cret"))
            #expect(answer.headers["X-Request-ID"] == "abc.1")
            #expect(answer.json["instance"] == "abc.1")
            #expect(harness.log.messages.contains("a request failed"))
        }
    }
}
