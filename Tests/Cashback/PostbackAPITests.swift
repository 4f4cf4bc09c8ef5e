internal import Crypto
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit
internal import TestSupport
internal import Testing

@testable internal import CashbackService

@Suite("Networks report sales") struct PostbackAPITests {
    @Test func `query, form and JSON say the same; each version counts once`() async throws {
        try await CashbackScene.with { scene in
            let click = try await scene.leave()
            let first = try await scene.report(scene.fields(click, 1, "pending"))
            #expect(first.status == 200)
            #expect(first.json["status"] == "recorded")
            #expect(first.json["outcome"] == "applied")
            for again in [
                try await scene.report(scene.fields(click, 1, "pending")),
                try await scene.reportForm(scene.fields(click, 1, "pending")),
                try await scene.reportJSON(scene.fields(click, 1, "approved", amount: "99")),
            ] {
                #expect(again.json["status"] == "duplicate")
                #expect(again.conversion == first.conversion)
            }
            let approved = try await scene.reportJSON(scene.fields(click, 3, "approved"))
            #expect(approved.json["outcome"] == "applied")
            let late = try await scene.reportForm(
                scene.fields(click, 2, "pending", amount: "1.00"))
            #expect(late.json["outcome"] == "stale")

            let published = try await scene.harness.published(CashbackConversionApproved.self)
            #expect(published.map(\.cashback) == [try usd(147)])
            #expect(try await scene.phase(try #require(first.conversion)) == .approved)
        }
    }

    @Test func `the same postback many times at once counts once`() async throws {
        try await CashbackScene.with { scene in
            let click = try await scene.leave()
            let statuses = try await withThrowingTaskGroup(of: String?.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        let response = try await scene.report(
                            scene.fields(
                                click, index % 2 + 1, index % 2 == 0 ? "pending" : "approved"))
                        return response.json["status"]?.string
                    }
                }
                return try await group.reduce(into: [String: Int]()) {
                    $0[$1 ?? "none", default: 0] += 1
                }
            }
            #expect(statuses == ["recorded": 2, "duplicate": 38])
            let approved = try await scene.harness.published(CashbackConversionApproved.self)
            #expect(approved.map(\.cashback) == [try usd(147)])
        }
    }

    @Test func `the raw text is kept without the secret`() async throws {
        try await CashbackScene.with { scene in
            let click = try await scene.leave()
            let id = try #require(
                try await scene.report(scene.fields(click, 1, "pending")).conversion)
            _ = try await scene.reportJSON(scene.fields(click, 2, "approved"))
            for event in try await scene.harness.events() {
                let payload = String(decoding: try event.payload, as: UTF8.self)
                #expect(!payload.contains("sandbox-secret"))
            }
            let response = try await scene.harness.call(
                .get, "/api/v1/cashback/conversions/\(id)/postbacks", as: .finance)
            let raws = response.json["items"]?.array?.compactMap { $0["raw"]?.string } ?? []
            #expect(raws.count == 2)
            #expect(raws[0].hasPrefix("secret=hidden&click_id=\(click)&action_id=A-1"))
            #expect(raws[1].contains("\"secret\":\"hidden\",\"click_id\":\"\(click)\""))
        }
    }

    @Test func `without the secret nothing is taken, whatever is sent`() async throws {
        try await CashbackScene.with { scene in
            let click = try await scene.leave()
            let before = try await scene.harness.events().count
            var wrong = scene.fields(click, 1, "pending")
            wrong[0].value = "wrong"
            let twice = scene.fields(click, 1, "pending") + [wrong[0]]
            for fields in [wrong, Array(wrong.dropFirst()), twice] {
                let response = try await scene.report(fields)
                #expect(response.status == 403)
                #expect(response.problem == "not-from-network")
            }
            #expect(
                try await scene.report(scene.fields(click, 1, "pending"), network: "other").status
                    == 404)
            #expect(try await scene.harness.events().count == before)
        }
    }

    @Test func `a network with a key signs the raw body`() async throws {
        try await CashbackScene.with { scene in
            #expect(try await scene.configure("signed", signature: "X-Signature").status == 200)
            try await scene.publish(scene.terms(), offer: identifier(34), network: "signed")
            let click = try await scene.leave(offer: identifier(34))
            let fields = scene.fields(click, 1, "pending")
            let unsigned = try await scene.reportJSON(fields, network: "signed")
            #expect(unsigned.status == 403)
            let query = QueryParameters(fields).encoded
            let tag = HMAC.sha256(
                key: Array(CashbackScene.networkKey.utf8), message: Array(query.utf8))
            let signed = try await scene.report(
                fields, network: "signed", headers: ["X-Signature": "sha256=\(Hex.encode(tag))"])
            #expect(signed.json["status"] == "recorded")
            let moved = try await scene.report(
                scene.fields(click, 2, "approved"), network: "signed",
                headers: ["X-Signature": Hex.encode(tag)])
            #expect(moved.status == 403)
            let keyless = try await scene.configure("keyless", signature: "X-Signature")
            #expect(keyless.status == 422)
            #expect(keyless.faults == ["/signature_header"])
        }
    }

    @Test func `clicks that are forged, unknown or another network's are refused`() async throws {
        try await CashbackScene.with { scene in
            let click = try await scene.leave()
            let before = try await scene.harness.events().count
            let forged = try await scene.report(scene.fields("B" + click.dropFirst(), 1, "pending"))
            #expect(forged.status == 422)
            #expect(forged.faults == ["/click_id"])
            let signer = ClickSigner(
                secret: Array((CashbackScene.settings["SOUK_CLICK_KEY"] ?? "").utf8))
            let unknown = try await scene.report(
                scene.fields(signer.sign(identifier(4_242)), 1, "pending"))
            #expect(unknown.problem == "unknown-click")
            #expect(try await scene.harness.events().count == before)
            try await scene.publish(scene.terms(), offer: identifier(35), network: "elsewhere")
            let foreign = try await scene.leave(offer: identifier(35))
            let stolen = try await scene.report(scene.fields(foreign, 1, "pending"))
            #expect(stolen.problem == "unknown-click")
            #expect(try await scene.harness.published(CashbackConversionTracked.self).isEmpty)
        }
    }

    @Test(arguments: [
        ("amount", "29.333", "/amount"), ("amount", "-1", "/amount"), ("amount", "", "/amount"),
        ("currency", "XXX", "/currency"), ("status", "great", "/status"),
        ("version", "-1", "/version"), ("version", "1969-12-31T23:59:59Z", "/version"),
        ("sold_at", "yesterday", "/sold_at"),
        ("action_id", "", "/action_id"), ("click_id", "", "/click_id"),
        ("action_id", String(repeating: "a", count: 129), "/action_id"),
    ])
    func `bad fields are named and change nothing`(
        _ field: String, _ value: String, _ pointer: String
    ) async throws {
        try await CashbackScene.with(.memory) { scene in
            let click = try await scene.leave()
            let before = try await scene.harness.events().count
            var fields = scene.fields(click, 1, "pending")
            fields.removeAll { $0.name == field }
            fields.append((field, value))
            let response = try await scene.reportForm(fields)
            #expect(response.status == 422)
            #expect(response.faults == [pointer])
            #expect(try await scene.harness.events().count == before)
        }
    }

    @Test func `bodies that are no fields are refused`() async throws {
        try await CashbackScene.with(.memory) { scene in
            let cases: [(String, String, Int)] = [
                ("[1]", "application/json", 422), ("{", "application/json", 422),
                ("a=%zz", "application/x-www-form-urlencoded", 422),
                ("a=1", "text/plain", 415),
                (
                    String(repeating: "a", count: 9_000), "application/x-www-form-urlencoded", 413
                ),
            ]
            for (body, type, status) in cases {
                let response = try await scene.harness.call(
                    .post, "/postbacks/sandbox", raw: Array(body.utf8), type: type, key: .none)
                #expect(response.status.code == status, "\(type) \(body.prefix(9))")
            }
        }
    }

    @Test func `networks are configured by administrators, without showing secrets`() async throws {
        try await CashbackScene.with { scene in
            let harness = scene.harness
            let body: JSONValue = ["secret": "short", "secret_field": "amount", "mapping": .null]
            let bad = try await harness.call(
                .put, "/api/v1/networks/sandbox", as: .admin, body: body)
            #expect(bad.faults == ["/secret"])
            #expect(
                try await harness.call(
                    .put, "/api/v1/networks/Big", as: .admin,
                    body: ["secret": .string(CashbackScene.secret)]
                ).status == 422)
            #expect(
                try await harness.call(
                    .put, "/api/v1/networks/sandbox", as: .customer(CashbackScene.owner),
                    body: ["secret": .string(CashbackScene.secret)]
                ).status == 403)
            await harness.settle()
            let list = try await harness.call(.get, "/api/v1/networks", as: .admin)
            #expect(list.json["items"]?[0]?["mapping"]?["click_id"] == "click_id")
            #expect(!list.text.contains(CashbackScene.secret))
        }
    }
}
