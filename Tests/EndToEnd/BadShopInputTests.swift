import Crypto
import EventTypes
import Foundation
import JSON
import Runtime
import ServiceKit
import Testing

/// The same for carts, orders, messages and pages.
extension BadInputTests {
    private func platform() throws -> LivePlatform { try #require(LivePlatform.current) }

    @Test func tokensThatAreNone() async throws {
        let platform = try platform()
        let person = try await LivePerson.registered("token", on: platform)
        let token = try #require(person.client.token)
        let parts = token.split(separator: ".").map(String.init)
        let mine = SigningKey.generate()
        let claims = try JSON.decode(
            JSONValue.self, from: try #require(Base64URL.decode(parts[1])))
        let header = try JSON.decode(
            JSONValue.self, from: try #require(Base64URL.decode(parts[0])))
        var object = try #require(claims.object)
        object["exp"] = 1_000
        let service = ServiceTokens(
            name: "order",
            key: try SigningKey(pem: platform.secret("service-order.pem") + "\n"),
            clock: SystemClock(), ids: UUIDv7Generator())
        // The header of a true token over the signature of a key of one's own.
        let own = try JWTSigner(key: mine).sign(claims)
        let body = own.split(separator: ".")[1]
        var none = try #require(header.object)
        none["alg"] = "none"
        let tokens = [
            "alg none": Base64URL.encode(try JSON.encode(JSONValue.object(none)))
                + ".\(parts[1]).",
            "another key": own,
            "another key under a true name": "\(parts[0]).\(body).\(own.split(separator: ".")[2])",
            "expired": try JWTSigner(key: mine).sign(JSONValue.object(object)),
            "for a service": try service.token(for: "order"),
            "another body":
                "\(parts[0]).\(Base64URL.encode(try JSON.encode(JSONValue.object(object)))).\(parts[2])",
            "no token": "nonsense", "nothing between dots": "..",
        ]
        for (name, token) in tokens {
            var client = person.client
            client.token = token
            for path in [
                "/api/v1/cart", "/api/v1/orders", "/api/v1/notifications", "/api/v1/users/me",
            ] {
                let status = try await client.call("GET", path).status
                #expect(status == 401, "\(name) at \(path): \(status)")
            }
        }
    }

    @Test func whatBelongsToOthers() async throws {
        let platform = try platform()
        let shop = try await LiveShop.open(on: platform)
        let owner = try await LivePerson.registered("owner", on: platform)
        let other = try await LivePerson.registered("other", on: platform)
        try await owner.deposit(5_000)
        try await shop.fill(1, owner.client)
        let key = UUID().uuidString
        let checkout = try await shop.checkOut(1, owner.client, key: key)
        let id = try #require(checkout["id"]?.string)
        let order = try #require(checkout["order_id"]?.string)
        let told = try await Eventually.some {
            let list = try await owner.client.call("GET", "/api/v1/notifications")
            return list.json["items"]?.array?.first?["id"]?.string
        }
        let stranger = LiveClient(gateway: platform.gateway)
        let cart = try await stranger.call("POST", "/api/v1/carts")
        let cartID = try #require(cart.json["id"]?.string)
        for (method, path) in [
            ("GET", "/api/v1/orders/\(order)"), ("POST", "/api/v1/orders/\(order)/cancel"),
            ("GET", "/api/v1/checkouts/\(id)"), ("PUT", "/api/v1/notifications/\(told)/read"),
            ("DELETE", "/api/v1/notifications/\(told)"),
        ] {
            let body: JSONValue? = method == "POST" ? ["reason": "mine"] : nil
            let answer = try await other.client.call(method, path, body)
            #expect(answer.status == 404, "\(method) \(path): \(answer.status)")
        }
        for token in ["", "nonsense", String(repeating: "A", count: 43)] {
            let answer = try await stranger.call(
                "GET", "/api/v1/carts/\(cartID)", headers: ["Cart-Token": token])
            #expect([400, 401, 403, 404].contains(answer.status), "\(answer.status)")
            #expect(answer.json["lines"] == nil)
        }
        for path in ["/fulfil", "/refunds"] {
            let answer = try await owner.client.call(
                "POST", "/api/v1/orders/\(order)\(path)", ["lines": [], "reason": "x"])
            #expect(answer.status == 403, "\(path): \(answer.status)")
        }
        // The owner's key is the owner's: another's request under it is another request.
        let theirs = try await other.client.call(
            "POST", "/api/v1/checkouts",
            ["expected_total": ["amount_minor": 2_000, "currency": "USD"]],
            headers: ["Idempotency-Key": key])
        #expect(theirs.json["order_id"]?.string != order)
        let orders = try await other.client.call("GET", "/api/v1/orders")
        #expect(orders.json["items"] == [])
    }

    @Test func cartsAndCheckoutsThatAreNone() async throws {
        let platform = try platform()
        let shop = try await LiveShop.open(on: platform)
        let client = try await LivePerson.registered("clumsy", on: platform).client
        try await shop.fill(1, client)
        let line = "/api/v1/cart/lines/\(shop.product)"
        let deep = String(repeating: #"{"quantity":"#, count: 3_000)
        for (text, status) in [
            (#"{"quantity":-1}"#, 422), (#"{"quantity":1.5}"#, 422), (#"{"quantity":"1"}"#, 422),
            (#"{"quantity":9007199254740993}"#, 422), (#"{"quantity":1000000000}"#, 422),
            ("{}", 422), ("[]", 422), ("{", 400), (deep, 400),
            (#"{"quantity":1,"quantity":2}"#, 400),
        ] {
            let answer = try await client.call("PUT", line, raw: Data(text.utf8))
            #expect(answer.status == status, "\(text.prefix(40)): \(answer.status) \(answer.json)")
            #expect(answer.problem != nil, "\(text.prefix(40))")
        }
        for path in ["/api/v1/cart/lines/nonsense", "/api/v1/cart/lines/\(UUID().uuidString)"] {
            let answer = try await client.call("PUT", path, ["quantity": 1])
            #expect([404, 422].contains(answer.status), "\(path): \(answer.status)")
        }
        let amount: JSONValue = ["amount_minor": 2_000, "currency": "USD"]
        let bodies: [(JSONValue, Int)] = [
            ([:], 422), (["expected_total": 2_000], 422),
            (["expected_total": ["amount_minor": -1, "currency": "USD"]], 422),
            (["expected_total": ["amount_minor": 2_000, "currency": "ZZZ"]], 422),
            (["expected_total": ["amount_minor": 9_007_199_254_740_992, "currency": "USD"]], 422),
            (
                [
                    "expected_total": amount,
                    "click_id": .string(String(repeating: "x", count: 100_000)),
                ], 422
            ),
        ]
        for (body, status) in bodies {
            let answer = try await client.call("POST", "/api/v1/checkouts", body)
            #expect(answer.status == status, "\(answer.status) \(answer.json)")
        }
        let without = try await client.call(
            "POST", "/api/v1/checkouts", ["expected_total": amount],
            headers: ["Idempotency-Key": ""])
        #expect(without.status == 400)
        let stale = try await client.call(
            "PUT", line, ["quantity": 3], headers: ["If-Match": "\"999\""])
        #expect(stale.status == 412, "\(stale.status) \(stale.json)")
        let cart = try await client.call("GET", "/api/v1/cart")
        #expect(cart.json["lines"]?[0]?["quantity"] == 1, "\(cart.json)")
        #expect(cart.json["lines"]?.array?.count == 1)
    }

    @Test func keysOfCheckoutsThatAreUsedTwice() async throws {
        let platform = try platform()
        let shop = try await LiveShop.open(on: platform)
        let person = try await LivePerson.registered("keys", on: platform)
        try await person.deposit(5_000)
        try await shop.fill(1, person.client)
        let first = try await shop.checkOut(1, person.client, key: "k-1")
        #expect(first["state"] == "completed", "\(first)")
        try await shop.fill(2, person.client)
        let other = try await person.client.call(
            "POST", "/api/v1/checkouts",
            ["expected_total": ["amount_minor": 4_000, "currency": "USD"]],
            headers: ["Idempotency-Key": "k-1"])
        #expect(other.status == 422 && other.problem == "idempotency-key-reused")
        let orders = try await person.client.call("GET", "/api/v1/orders")
        #expect(orders.json["items"]?.array?.count == 1)
    }

    @Test func pagesAndMediaThatAreNone() async throws {
        let platform = try platform()
        let admin = try await LiveClient(gateway: platform.gateway)
            .signedIn("admin@souk.example", platform.secret("admin-password"))
        let script = """
            # Offers <script>alert(1)</script>

            <img src=x onerror=alert(2)> [go](javascript:alert(3)) [data](data:text/html,x)
            <iframe src="https://evil.example"></iframe>
            """
        let slug = "bad-\(UUID().uuidString.lowercased())"
        let page = try await admin.call(
            "POST", "/api/v1/pages",
            ["slug": .string(slug), "title": "<b>Bad</b>", "body": .string(script)])
        let id = try #require(page.json["id"]?.string, "\(page.json)")
        let hidden = try await admin.call("GET", "/pages/\(slug)")
        #expect(hidden.status == 404)
        let published = try await admin.call(
            "POST", "/api/v1/pages/\(id)/publish", ["version": 1],
            headers: ["If-Match": page.headers["etag"] ?? ""])
        #expect((200..<300).contains(published.status), "\(published.json)")
        let html = try await Eventually.some {
            let answer = try await admin.call("GET", "/pages/\(slug)")
            return answer.status == 200 ? String(decoding: answer.bytes, as: UTF8.self) : nil
        }
        for trace in [
            "<script>alert", "onerror=", "javascript:alert", "<iframe", "data:text/html", "<b>Bad",
        ] {
            #expect(!html.contains(trace), "\(trace)")
        }
        let stale = try await admin.call(
            "PUT", "/api/v1/pages/\(id)",
            ["slug": .string(slug), "title": "New", "body": "new"],
            headers: ["If-Match": "\"999\""])
        #expect(stale.status == 412, "\(stale.status)")
        for slug in ["../../etc", "a/b", "", "A B", String(repeating: "a", count: 5_000)] {
            let answer = try await admin.call(
                "POST", "/api/v1/pages", ["slug": .string(slug), "title": "x", "body": "x"])
            #expect(answer.status == 422, "\(slug.prefix(20)): \(answer.status)")
        }
        for name in ["..%2F..%2Fetc%2Fpasswd", "%00.png", "a%2Fb.png", "%2e%2e", ""] {
            let answer = try await admin.call(
                "POST", "/api/v1/media?name=\(name)", raw: Data("plain text".utf8),
                type: "image/png")
            #expect((400..<500).contains(answer.status), "\(name): \(answer.status)")
        }
        for path in [
            "/media/../../etc/passwd", "/media/%2e%2e/%2e%2e/etc/passwd",
            "/media/01920000-0000-7000-8000-000000000001/x.png",
        ] {
            let answer = try await admin.call("GET", path)
            #expect([400, 404].contains(answer.status), "\(path): \(answer.status)")
        }
        let stranger = LiveClient(gateway: platform.gateway)
        let upload = try await stranger.call(
            "POST", "/api/v1/media?name=a.png", raw: Data("x".utf8), type: "image/png")
        #expect(upload.status == 401)
    }
}
