internal import Crypto
internal import EventTypes
internal import Foundation
internal import HTTP
internal import JSON
internal import Runtime
internal import TestSupport
internal import Testing

@testable internal import SandboxService

@Suite("The sandbox's interface") struct SandboxAPITests {
    let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("souk-sandbox-\(UUID().uuidString)").path
    let clock = ManualClock(noon)

    func with(_ body: (SandboxAPI, SandboxStore) async throws -> Void) async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = try SandboxStore(path: path, clock: clock, ids: SequentialIdentifiers())
        try await body(SandboxAPI(store: store, apiKey: "key"), store)
    }

    func call(
        _ api: SandboxAPI, _ method: HTTPMethod, _ target: String, _ body: String = "",
        idempotencyKey: String? = "k-1", authorization: String? = "Bearer key"
    ) async throws -> (status: Int, json: JSONValue, headers: HTTPHeaders) {
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        if let idempotencyKey { headers.set("Idempotency-Key", idempotencyKey) }
        if let authorization { headers.set("Authorization", authorization) }
        let response = await api.respond(
            to: HTTPRequest(
                method: method, target: target, headers: headers,
                body: HTTPBody(Array(body.utf8))))
        let bytes = try await response.collectBody(upTo: 1 << 20)
        let json = (try? JSON.decode(JSONValue.self, from: bytes)) ?? .null
        return (response.status.code, json, response.headers)
    }

    static let payout = """
        {"amount":{"amount_minor":500,"currency":"USD"},"reference":"withdrawal-1",\
        "destination":"ba_1"}
        """

    @Test func `a payout is taken, found and found again by its key`() async throws {
        try await with { api, _ in
            let created = try await call(api, .post, "/v1/payouts", Self.payout)
            #expect(created.status == 201)
            let id = try #require(created.json["id"]?.string)
            let read = try await call(api, .get, "/v1/payouts/\(id)")
            #expect(read.status == 200)
            #expect(read.json == created.json)
            let again = try await call(api, .post, "/v1/payouts", Self.payout)
            #expect(again.status == 200)
            #expect(again.json["id"]?.string == id)
            #expect(again.headers["Idempotency-Replayed"] == "true")
            #expect(try await call(api, .get, "/v1/deposits/\(id)").status == 404)
        }
    }

    @Test func `the same key for something else is refused`() async throws {
        try await with { api, _ in
            _ = try await call(api, .post, "/v1/payouts", Self.payout)
            let other = Self.payout.replacingOccurrences(of: "500", with: "501")
            #expect(try await call(api, .post, "/v1/payouts", other).status == 409)
        }
    }

    @Test(arguments: [nil, "Bearer wrong", "Basic key", "key"] as [String?])
    func `nothing goes without the key`(_ authorization: String?) async throws {
        try await with { api, _ in
            for target in ["/v1/balances", "/v1/payments", "/v1/behaviour"] {
                let answer = try await call(api, .get, target, authorization: authorization)
                #expect(answer.status == 401)
            }
            #expect(
                try await call(api, .get, "/livez", authorization: authorization).status == 200)
        }
    }

    @Test(arguments: [
        ("{", 422), ("[]", 422), (#"{"reference":"r"}"#, 422),
        (payout.replacingOccurrences(of: "500", with: "0"), 422),
        (payout.replacingOccurrences(of: "500", with: "-5"), 422),
        (payout.replacingOccurrences(of: "500", with: "9007199254740992"), 422),
        (payout.replacingOccurrences(of: "500", with: "1e400"), 422),
        (payout.replacingOccurrences(of: "500", with: "\"500\""), 422),
        (payout.replacingOccurrences(of: "USD", with: "XXX"), 422),
        (payout.replacingOccurrences(of: "withdrawal-1", with: ""), 422),
        (payout.replacingOccurrences(of: #","destination":"ba_1""#, with: ""), 422),
        (String(repeating: "[", count: 5_000), 422),
    ]) func `bad payouts are refused and leave nothing behind`(
        _ body: String, _ status: Int
    ) async throws {
        try await with { (api: SandboxAPI, store: SandboxStore) async throws -> Void in
            let answer = try await call(api, .post, "/v1/payouts", body)
            #expect(answer.status == status)
            let payments = try await store.payments(after: nil, limit: 10)
            #expect(payments.isEmpty)
        }
    }

    @Test func `a key is needed to create`() async throws {
        try await with { api, _ in
            let answer = try await call(
                api, .post, "/v1/payouts", Self.payout, idempotencyKey: nil)
            #expect(answer.status == 400)
        }
    }

    @Test func `behaviour can be set, within its ranges`() async throws {
        try await with { api, _ in
            let refused = try await call(
                api, .post, "/v1/behaviour", #"{"behaviour":{"copies":11}}"#)
            #expect(refused.status == 422)
            let set = try await call(
                api, .post, "/v1/behaviour",
                #"{"kind":"payout","behaviour":{"outcome":"refuse","reason":"no such account"}}"#)
            #expect(set.json["payout"]?["outcome"]?.string == "refuse")
            #expect(set.json["deposit"]?["outcome"]?.string == "succeed")
            let payout = try await call(api, .post, "/v1/payouts", Self.payout)
            #expect(payout.status == 402)
            #expect(payout.json["detail"]?.string == "no such account")
        }
    }

    @Test func `what was taken is still there after a restart`() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let created: JSONValue
        do {
            let store = try SandboxStore(path: path, clock: clock, ids: SequentialIdentifiers())
            let api = SandboxAPI(store: store, apiKey: "key")
            created = try await call(api, .post, "/v1/payouts", Self.payout).json
        }
        let store = try SandboxStore(path: path, clock: clock, ids: SequentialIdentifiers())
        let api = SandboxAPI(store: store, apiKey: "key")
        let again = try await call(api, .post, "/v1/payouts", Self.payout)
        #expect(again.json == created)
        clock.advance(by: .seconds(10))
        #expect(try await store.advance(taking: 10).count == 1)
    }

    @Test func `a damaged file stops the start and says where`() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "{}\nnonsense\n".write(toFile: path, atomically: false, encoding: .utf8)
        let error = #expect(throws: SandboxFileDamaged.self) {
            try SandboxStore(path: path, clock: clock, ids: SequentialIdentifiers())
        }
        #expect(error?.line == 2)
    }

    @Test func `webhooks are signed as the wallet expects`() throws {
        let body = Array(#"{"id":"evt_1"}"#.utf8)
        let value = WebhookSignature.value(secret: "whsec", body: body, at: noon)
        let expected = HMAC.sha256(
            key: Array("whsec".utf8), message: Array("1772452800.".utf8) + body)
        #expect(value == "t=1772452800,v1=\(Hex.encode(expected))")
    }
}
