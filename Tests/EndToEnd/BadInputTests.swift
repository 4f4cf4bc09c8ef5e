import Foundation
import JSON
import Testing

/// What clients send by mistake or on purpose: a problem that points at the fault, and a platform
/// that is still there.
@Suite(.serialized, .livePlatform) struct BadInputTests {
    private func admin() async throws -> LiveClient {
        let platform = try #require(LivePlatform.current)
        return try await LiveClient(gateway: platform.gateway)
            .signedIn("admin@souk.example", platform.secret("admin-password"))
    }

    private func stranger() throws -> LiveClient {
        LiveClient(gateway: try #require(LivePlatform.current).gateway)
    }

    @Test func bodiesThatAreNoSuchBody() async throws {
        let client = try await admin()
        let deep = String(repeating: "[", count: 5_000)
        let long = #"{"name":""# + String(repeating: "x", count: 2_000_000) + #""}"#
        for (text, status) in [
            ("{", 400), (deep, 400), (#"{"name":"a","name":"b"}"#, 400), ("\u{0}", 400),
            (#"{"name":1,"website":"https://a.example"}"#, 422), (#"{"name":"a"}"#, 422),
            ("[]", 422), (long, 413),
        ] {
            let answer = try await client.call(
                "POST", "/api/v1/merchants", raw: Data(text.utf8))
            #expect(answer.status == status, "\(text.prefix(40)): \(answer.json)")
            #expect(answer.problem != nil, "\(text.prefix(40))")
        }
        let wrong = try await client.call(
            "POST", "/api/v1/merchants", ["name": 1, "website": "https://a.example"])
        #expect(wrong.pointers == ["/name"])
        let list = try await client.call("GET", "/api/v1/merchants")
        #expect(list.json["items"] == [])
    }

    @Test func amountsThatAreNone() async throws {
        let client = try await admin()
        let amounts: [(JSONValue, String)] = [
            (["amount_minor": -1, "currency": "USD"], "/amount"),
            (["amount_minor": 0, "currency": "USD"], "/amount"),
            (["amount_minor": 9_007_199_254_740_992, "currency": "USD"], "/amount/amount_minor"),
            (["amount_minor": 1.5, "currency": "USD"], "/amount/amount_minor"),
            (["amount_minor": "1", "currency": "USD"], "/amount/amount_minor"),
            (["amount_minor": 100, "currency": "ZZZ"], "/amount/currency"),
            (["amount_minor": 100], "/amount"),
        ]
        for (amount, pointer) in amounts {
            let answer = try await client.call(
                "POST", "/api/v1/wallet/deposits", ["amount": amount])
            #expect(answer.status == 422, "\(amount): \(answer.json)")
            #expect(
                answer.pointers.allSatisfy { $0.hasPrefix(pointer) } && !answer.pointers.isEmpty,
                "\(amount): \(answer.pointers)")
        }
    }

    @Test func keysThatAreMissingOrUsedTwice() async throws {
        let client = try await admin()
        let body: JSONValue = ["amount": ["amount_minor": 500, "currency": "USD"]]
        let without = try await client.call(
            "POST", "/api/v1/wallet/deposits", body, headers: ["Idempotency-Key": ""])
        #expect(without.status == 400)
        let first = try await client.call(
            "POST", "/api/v1/wallet/deposits", body, headers: ["Idempotency-Key": "k-1"])
        #expect(first.status == 201, "\(first.json)")
        let again = try await client.call(
            "POST", "/api/v1/wallet/deposits", body, headers: ["Idempotency-Key": "k-1"])
        #expect(again.json["id"] == first.json["id"])
        #expect(again.headers["idempotency-replayed"] == "true")
        let other = try await client.call(
            "POST", "/api/v1/wallet/deposits",
            ["amount": ["amount_minor": 501, "currency": "USD"]],
            headers: ["Idempotency-Key": "k-1"])
        #expect(other.status == 422 && other.problem == "idempotency-key-reused")
    }

    @Test func whoIsNotLetIn() async throws {
        let stranger = try stranger()
        for path in [
            "/api/v1/users/me", "/api/v1/wallet/accounts", "/api/v1/cashback/conversions",
            "/api/v1/analytics/dashboard", "/api/v1/wallet/totals?currency=USD",
        ] {
            #expect(try await stranger.call("GET", path).status == 401, "\(path)")
        }
        var forged = try await admin()
        let token = try #require(forged.token)
        forged.token = String(token.dropLast(4)) + "AAAA"
        #expect(try await forged.call("GET", "/api/v1/users/me").status == 401)
        let parts = token.split(separator: ".")
        let none = Data(#"{"alg":"none","typ":"JWT"}"#.utf8).base64EncodedString()
            .replacing("=", with: "")
        forged.token = "\(none).\(parts[1])."
        #expect(try await forged.call("GET", "/api/v1/users/me").status == 401)
        for path in [
            "/internal/v1/subject-keys/01920000-0000-7000-8000-000000000001", "/livez/user",
            "/api/v1/../internal/v1/holds", "//internal/v1/holds", "/%69nternal/v1/holds",
        ] {
            let status = try await stranger.call("GET", path).status
            #expect(status == 404 || status == 400, "\(path): \(status)")
        }
    }

    @Test func postbacksAndWebhooksThatAreForged() async throws {
        let stranger = try stranger()
        let unknown = try await stranger.call("GET", "/postbacks/nobody?secret=x&action_id=1")
        #expect(unknown.status == 404 || unknown.status == 403)
        let webhook = try await stranger.call(
            "POST", "/webhooks/payments", ["id": "e-1", "type": "payout.paid"])
        #expect((400..<500).contains(webhook.status) && webhook.problem != nil)
        let click = try await stranger.call("GET", "/go/01920000-0000-7000-8000-000000000001")
        #expect(click.status == 404)
    }

    @Test func requestsThatTwoParsersReadDifferently() async throws {
        let admin = try await admin()
        let csv = Data("name,price\n\"broken".utf8)
        let answer = try await admin.call(
            "POST", "/api/v1/products/import", raw: csv, type: "text/csv")
        #expect((200..<500).contains(answer.status))
        #expect(try await admin.call("GET", "/api/v1/users/me").status == 200)
    }
}
