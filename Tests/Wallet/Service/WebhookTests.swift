internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import TestSupport
internal import Testing

@testable internal import SandboxService
@testable internal import WalletService

@Suite("Webhooks of the provider") struct WebhookTests {
    func event(
        _ name: String, _ status: String, of id: String, cents: Int64 = 5_000,
        payment: String = "po_1"
    ) throws -> [UInt8] {
        let data: JSONValue = [
            "id": .string(payment), "kind": "payout",
            "amount": ["amount_minor": .integer(cents), "currency": "USD"],
            "reference": .string("withdrawal-\(id)"), "destination": "ba_1",
            "status": .string(status), "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
        ]
        let event: JSONValue = [
            "id": .string(name), "type": .string("payout.\(status)"),
            "created_at": "2026-01-01T00:00:00Z", "data": data,
        ]
        return try JSON.encode(event)
    }

    @Test func `what is not signed by the provider, or long ago, is refused`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            let id = try await world.approvedWithdrawal()
            let before = try await world.wallet.events().count
            let body = try event("evt_1", "succeeded", of: id)
            #expect(try await world.webhook(body, secret: "guess") == 401)
            #expect(try await world.webhook(body, age: .seconds(301)) == 401)
            #expect(try await world.webhook(body, age: .seconds(-301)) == 401)
            for signature in ["", "t=1", "v1=00", "t=x,v1=00", "nonsense", "t=1,t=2,v1=00"] {
                let answer = try await world.wallet.call(
                    .post, "/webhooks/payments", raw: body,
                    headers: ["Sandbox-Signature": signature])
                #expect(answer.problem == "bad-signature", "\(signature)")
            }
            #expect(
                try await world.wallet.call(.post, "/webhooks/payments", raw: body).status == 401)
            #expect(try await world.wallet.events().count == before)
        }
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"id":"a/b","type":"x","data":{}}"#])
    func `what is signed but cannot be read changes nothing`(_ text: String) async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            #expect(try await world.webhook(Array(text.utf8)) == 422)
            #expect(try await world.wallet.events().isEmpty)
        }
    }

    @Test func `what fits no payment is kept for somebody to look at`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            let id = try await world.approvedWithdrawal()
            let foreign = try event("evt_1", "succeeded", of: "\(identifier(99) as UserID)")
            let wrong = try event("evt_2", "succeeded", of: id, cents: 4_999)
            for body in [foreign, wrong, wrong] {
                #expect(try await world.webhook(body) == 204)
            }
            #expect(try await world.state(id) == "approved")
            let outcomes = try await world.wallet.events().compactMap {
                try $0.payload(ProviderEventHandled.self)?.outcome
            }
            #expect(outcomes == [.parked, .parked])
            #expect(try await world.webhook(event("evt_3", "succeeded", of: id)) == 204)
            #expect(try await world.state(id) == "paid")
            #expect(try await world.webhook(event("evt_4", "failed", of: id)) == 204)
            #expect(try await world.state(id) == "paid")
            #expect(try await world.violations().isEmpty)
        }
    }

    static let events = "/api/v1/wallet/review/provider-events"

    func decide(
        _ world: WalletWorld, _ event: String, _ what: String, _ reason: String = "not ours",
        as caller: HarnessCaller = .finance
    ) async throws -> HarnessResponse {
        let path = "\(Self.events)/\(event)/\(what)"
        if what == "retry" { return try await world.wallet.call(.post, path, as: caller) }
        return try await world.wallet.call(
            .post, path, as: caller, body: ["reason": .string(reason)])
    }

    @Test func `finance sees what is parked and decides about it, once`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            let foreign = try event("evt_1", "succeeded", of: "\(identifier(99) as UserID)")
            #expect(try await world.webhook(foreign) == 204)
            let list = try await world.wallet.call(
                .get, "\(Self.events)?outcome=parked", as: .finance)
            let item = try #require(list.json["items"]?[0])
            #expect(item["id"]?.string == "sandbox-evt_1")
            #expect(item["amount"]?["amount_minor"]?.integer == 5_000)
            let before = try await world.wallet.events().count
            for caller in [HarnessCaller.none, .customer(WalletWorld.user), .service("order")] {
                let answer = try await decide(world, "sandbox-evt_1", "discard", as: caller)
                #expect([401, 403].contains(answer.status.code))
            }
            for unknown in ["sandbox-evt_9", "evt", "sandbox-a%2Fb"] {
                #expect(try await decide(world, unknown, "discard").status == 404)
            }
            #expect(try await decide(world, "sandbox-evt_1", "discard", "").faults == ["/reason"])
            #expect(try await decide(world, "sandbox-evt_1", "retry").problem == "wrong-state")
            #expect(try await world.wallet.events().count == before)
            #expect(try await decide(world, "sandbox-evt_1", "discard").status == 204)
            #expect(try await decide(world, "sandbox-evt_1", "discard").problem == "wrong-state")
            let after = try await world.wallet.call(
                .get, "\(Self.events)?outcome=discarded", as: .finance)
            #expect(after.json["items"]?[0]?["reason"]?.string == "not ours")
        }
    }

    @Test func `what fits later is applied when it is tried again`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.verify(level: 2)
            try await world.credit(5_000)
            let id = try #require(try await world.withdraw(5_000).json["id"]?.string)
            // The provider cannot know of it yet: nobody approved it.
            #expect(try await world.webhook(event("evt_1", "succeeded", of: id)) == 204)
            #expect(try await decide(world, "sandbox-evt_1", "retry").problem == "wrong-state")
            #expect(try await world.approve(id).status == .ok)
            #expect(try await decide(world, "sandbox-evt_1", "retry").status == 204)
            #expect(try await world.state(id) == "paid")
            #expect(try await decide(world, "sandbox-evt_1", "retry").status == 204)
            #expect(try await decide(world, "sandbox-evt_1", "discard").problem == "wrong-state")
            #expect(try await world.violations().isEmpty)
        }
    }
}
