import Crypto
import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import GatewayService

@Suite struct ProtectionTests {
    private static func services() -> [String: FakeService] {
        [
            "wallet": FakeService([
                ("/api/v1/wallet/balance", "get", FakeService.operation("balance", "signed-in"))
            ]),
            "catalog": FakeService([
                ("/api/v1/search", "get", FakeService.operation("search"))
            ]),
            "user": FakeService([
                ("/api/v1/auth/login", "post", FakeService.operation("login"))
            ]),
            "cashback": FakeService([
                ("/postbacks/{network}", "get", FakeService.operation("postback"))
            ]),
        ]
    }

    private static let user: UserID = SequentialIdentifiers.identifier(7)

    @Test func forgedTokensDieHere() async throws {
        let services = Self.services()
        try await GatewayRig.with(services: services) { rig async throws in
            let claims = AccessClaims(
                Identity(userID: Self.user, roles: [.admin], sessionID: SessionID(Self.user)),
                issuedAt: rig.gateway.clock.now(), lifetime: .seconds(60), tokenID: "t")
            let forged = try JWTSigner(key: .generate()).sign(claims)
            let none = "eyJhbGciOiJub25lIn0.e30."
            for token in [forged, none, "x", String(repeating: "a", count: 5_000)] {
                let answer = try await rig.gateway.call(
                    .get, "/api/v1/wallet/balance", as: .token(token))
                #expect(answer.status == 401 && answer.problem == "unauthenticated")
                #expect(answer.headers["WWW-Authenticate"]?.contains("invalid_token") == true)
            }
            #expect(try await rig.gateway.call(.get, "/api/v1/wallet/balance").status == 401)
            #expect(services["wallet"]?.requests.isEmpty == true)
            // Of an open route a token that is no good is the service's business.
            let open = try await rig.gateway.call(.get, "/api/v1/search", as: .token(forged))
            #expect(open.status == 200)
        }
    }

    @Test func tokensThatHoldArePassedOn() async throws {
        let services = Self.services()
        try await GatewayRig.with(services: services) { rig async throws in
            let answer = try await rig.gateway.call(
                .get, "/api/v1/wallet/balance", as: .customer(Self.user))
            #expect(answer.status == 200)
            let got = services["wallet"]?.requests.first?.headers["Authorization"]
            #expect(got?.hasPrefix("Bearer ") == true)
            rig.gateway.clock.advance(by: .seconds(60))
            let token = try #require(got).dropFirst("Bearer ".count)
            rig.gateway.clock.advance(by: .seconds(900))
            let late = try await rig.gateway.call(
                .get, "/api/v1/wallet/balance", as: .token(String(token)))
            #expect(late.status == 401)
        }
    }

    @Test func eachUserHasAHundredAMinute() async throws {
        try await GatewayRig.with(services: Self.services()) { rig async throws in
            func call(_ user: UInt64) async throws -> HarnessResponse {
                try await rig.gateway.call(
                    .get, "/api/v1/wallet/balance",
                    as: .customer(SequentialIdentifiers.identifier(user)))
            }
            for count in 1...100 {
                let answer = try await call(1)
                #expect(answer.status == 200)
                #expect(answer.headers["RateLimit-Policy"] == "\"default\";q=100;w=60")
                #expect(
                    answer.headers["RateLimit"]?.hasPrefix("\"default\";r=\(100 - count);") == true)
            }
            let refused = try await call(1)
            #expect(refused.status == 429 && refused.problem == "too-many-requests")
            #expect(refused.headers["Retry-After"] == "1")
            #expect(refused.headers["RateLimit"] == "\"default\";r=0;t=60")
            #expect(try await call(2).status == 200)
            #expect(try await rig.gateway.call(.get, "/api/v1/search").status == 200)
            rig.gateway.clock.advance(by: .milliseconds(600))
            #expect(try await call(1).status == 200)
            #expect(try await call(1).status == 429)
        }
    }

    @Test func withoutATokenTheAddressCountsAndForgeriesCountToo() async throws {
        let settings = ["SOUK_RATE_LIMIT": "3", "SOUK_TRUSTED_PROXIES": "127.0.0.1"]
        try await GatewayRig.with(settings: settings, services: Self.services()) {
            rig async throws in
            func call(
                _ path: String, _ address: String, _ caller: HarnessCaller = .none
            ) async throws -> Int {
                try await rig.gateway.call(
                    .get, path, as: caller, headers: ["X-Forwarded-For": address]
                ).status.code
            }
            #expect(try await call("/api/v1/search", "192.0.2.1") == 200)
            #expect(try await call("/api/v1/nothing", "192.0.2.1") == 404)
            #expect(try await call("/api/v1/wallet/balance", "192.0.2.1", .token("x")) == 401)
            #expect(try await call("/api/v1/wallet/balance", "192.0.2.1", .token("x")) == 429)
            #expect(try await call("/openapi.json", "192.0.2.1") == 429)
            // A customer of a provider has a whole network of IPv6.
            for host in 1...3 {
                #expect(try await call("/api/v1/search", "2001:db8::\(host)") == 200)
            }
            #expect(try await call("/api/v1/search", "2001:db8::9:4") == 429)
            #expect(try await call("/api/v1/search", "2001:db8:0:1::1") == 200)
            #expect(
                try await call("/api/v1/wallet/balance", "192.0.2.1", .customer(Self.user)) == 200)
        }
    }

    @Test func signingInAndCallbacksHaveLimitsOfTheirOwn() async throws {
        let settings = [
            "SOUK_RATE_LIMIT": "5", "SOUK_RATE_LIMIT_SIGN_IN": "2",
            "SOUK_RATE_LIMIT_CALLBACKS": "50",
        ]
        try await GatewayRig.with(settings: settings, services: Self.services()) {
            rig async throws in
            for _ in 0..<2 {
                #expect(try await rig.gateway.call(.post, "/api/v1/auth/login").status == 200)
            }
            let refused = try await rig.gateway.call(.post, "/api/v1/auth/login")
            #expect(refused.status == 429)
            #expect(refused.headers["RateLimit"]?.contains("sign-in") == true)
            for _ in 0..<50 {
                #expect(try await rig.gateway.call(.get, "/postbacks/net").status == 200)
            }
            #expect(try await rig.gateway.call(.get, "/postbacks/net").status == 429)
        }
    }

    @Test func aPartnerKeyHasItsOwnQuotaAndAnUnknownOneNone() async throws {
        let digest = Digest.hex(Digest.sha256(Array("s3cret".utf8)))
        let settings = [
            "SOUK_RATE_LIMIT": "1",
            "SOUK_API_KEYS": "{\"shop\":{\"sha256\":\"\(digest)\",\"per_minute\":4}}",
        ]
        let services = Self.services()
        try await GatewayRig.with(settings: settings, services: services) { rig async throws in
            func call(_ key: String) async throws -> Int {
                try await rig.gateway.call(
                    .get, "/api/v1/search", headers: ["X-API-Key": key]
                ).status.code
            }
            for _ in 0..<4 { #expect(try await call("s3cret") == 200) }
            #expect(try await call("s3cret") == 429)
            #expect(try await call("other") == 401)
            let login = try await rig.gateway.call(
                .post, "/api/v1/auth/login", headers: ["X-API-Key": "s3cret"])
            #expect(login.status == 429, "the partner's quota is used up here too")
            #expect(
                services["catalog"]?.requests.allSatisfy { $0.headers["X-API-Key"] == nil } == true)
        }
    }

    @Test func addressesThatAreBlockedGetNothing() async throws {
        let settings = ["SOUK_BLOCKED_ADDRESSES": "127.0.0.0/8"]
        try await GatewayRig.with(settings: settings, services: Self.services()) {
            rig async throws in
            let answer = try await rig.send(.get, "/api/v1/search")
            #expect(answer.status == 403)
            #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
        }
    }

    @Test func settingsThatMakeNoSenseAreNamed() async throws {
        for (name, value) in [
            ("SOUK_TRUSTED_PROXIES", "everybody"), ("SOUK_BLOCKED_ADDRESSES", "10.0.0.0/33"),
            ("SOUK_CORS_ORIGINS", "shop.example"), ("SOUK_API_KEYS", "{\"a\":1}"),
        ] {
            await #expect(throws: (any Error).self) {
                try await GatewayRig.with(settings: [name: value]) { _ in }
            }
        }
    }
}
