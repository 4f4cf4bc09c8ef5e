import Crypto
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import GatewayService

@Suite struct FrontTests {
    private static let origins = [
        "SOUK_CORS_ORIGINS": "https://shop.example, http://127.0.0.1:3000"
    ]

    private static func services() -> [String: FakeService] {
        let money: JSONValue = [
            "type": "object", "properties": ["amount_minor": ["type": "integer"]],
        ]
        return [
            "catalog": FakeService(
                [
                    ("/api/v1/search", "get", FakeService.operation("list", answers: "Page")),
                    ("/internal/v1/x", "get", FakeService.operation("x", answers: "Secret")),
                ],
                schemas: [
                    "Page": ["type": "array", "items": ["$ref": "#/components/schemas/Item"]],
                    "Item": ["type": "object", "properties": ["a": ["type": "string"]]],
                    "Money": money, "Secret": ["type": "string"],
                ]),
            "wallet": FakeService(
                [
                    ("/api/v1/wallet/a", "get", FakeService.operation("list", answers: "Page")),
                    ("/api/v1/wallet/b", "get", FakeService.operation("b", answers: "Money")),
                    ("/api/v1/wallet/c", "get", FakeService.operation("c", "service")),
                ],
                schemas: [
                    "Page": ["type": "array", "items": ["$ref": "#/components/schemas/Item"]],
                    "Item": ["type": "string"], "Money": money,
                ]),
        ]
    }

    @Test func pagesOfAllowedOriginsMayAskAndRead() async throws {
        try await GatewayRig.with(settings: Self.origins, services: Self.services()) {
            rig async throws in
            let preflight = try await rig.send(
                .options, "/api/v1/search",
                headers: [
                    "Origin": "https://shop.example", "Access-Control-Request-Method": "GET",
                ])
            #expect(preflight.status == 204)
            let allowed = "Access-Control-Allow-Origin"
            #expect(preflight.headers[allowed] == "https://shop.example")
            #expect(
                preflight.headers["Access-Control-Allow-Headers"]?.contains("Idempotency-Key")
                    == true)
            #expect(preflight.headers["Access-Control-Allow-Credentials"] == nil)
            for path in ["/api/v1/search", "/api/v1/nothing"] {
                let answer = try await rig.send(
                    .get, path, headers: ["Origin": "http://127.0.0.1:3000"])
                #expect(answer.headers.all(allowed) == ["http://127.0.0.1:3000"])
                #expect(answer.headers.list("Vary").contains("Origin"))
                #expect(
                    answer.headers.list("Access-Control-Expose-Headers").contains("RateLimit"))
            }
        }
    }

    @Test(arguments: [
        "https://evil.example", "https://shop.example.evil.example", "null",
        "https://SHOP.example", "http://shop.example",
    ])
    func otherOriginsMayNot(origin: String) async throws {
        try await GatewayRig.with(settings: Self.origins, services: Self.services()) {
            rig async throws in
            let preflight = try await rig.send(
                .options, "/api/v1/search",
                headers: ["Origin": origin, "Access-Control-Request-Method": "GET"])
            #expect(preflight.headers["Access-Control-Allow-Origin"] == nil)
            let answer = try await rig.send(.get, "/api/v1/search", headers: ["Origin": origin])
            #expect(answer.headers["Access-Control-Allow-Origin"] == nil)
            #expect(answer.headers.list("Vary").contains("Origin"))
        }
    }

    @Test func everyAnswerCarriesTheCarefulFields() async throws {
        let settings = ["SOUK_PUBLIC_URL": "https://souk.example"]
        try await GatewayRig.with(settings: settings, services: Self.services()) {
            rig async throws in
            for path in ["/", "/docs", "/openapi.json", "/livez", "/api/v1/search", "/nothing"] {
                let answer = try await rig.send(.get, path)
                #expect(answer.headers["X-Content-Type-Options"] == "nosniff", "\(path)")
                #expect(answer.headers["X-Frame-Options"] == "DENY")
                #expect(answer.headers["Referrer-Policy"] == "no-referrer")
                #expect(
                    answer.headers["Content-Security-Policy"]?.contains("frame-ancestors 'none'")
                        == true)
                #expect(answer.headers["Strict-Transport-Security"] != nil)
                #expect(answer.headers.all("X-Request-ID").count == 1)
            }
        }
    }

    @Test func theDocumentIsThatOfAllServicesForClients() async throws {
        let settings = ["SOUK_PUBLIC_URL": "https://souk.example"]
        try await GatewayRig.with(settings: settings, services: Self.services()) {
            rig async throws in
            let answer = try await rig.gateway.call(.get, "/openapi.json")
            let document = answer.json
            #expect(document["openapi"] == "3.1.0")
            #expect(document["servers"]?[0]?["url"] == "https://souk.example")
            #expect(
                document["paths"]?.object?.names.sorted()
                    == [
                        "/api/v1/platform", "/api/v1/search", "/api/v1/wallet/a",
                        "/api/v1/wallet/b",
                    ])
            let schemas = try #require(document["components"]?["schemas"]?.object)
            // Pages look the same, but the items are not: both names give way.
            #expect(
                Set(schemas.names)
                    == [
                        "CatalogItem", "CatalogPage", "Item", "Money", "Page",
                        // What the gateway says of itself.
                        "FieldFault", "Platform", "Problem", "Replica", "Service",
                    ])
            let ids = (document["paths"]?.object ?? [:]).compactMap {
                $0.value["get"]?["operationId"]?.string
            }
            #expect(Set(ids).count == ids.count)
            #expect(!answer.text.contains("serviceToken") && !answer.text.contains("Secret"))
            #expect(
                schemas["CatalogPage"]?["items"]?["$ref"] == "#/components/schemas/CatalogItem")
            let tag = try #require(answer.headers["ETag"])
            let again = try await rig.gateway.call(
                .get, "/openapi.json", headers: ["If-None-Match": tag])
            #expect(again.status == 304)
        }
    }

    @Test func theReferenceShowsEverythingAndLoadsNothing() async throws {
        try await GatewayRig.with(services: Self.services()) { rig async throws in
            let page = try await rig.gateway.call(.get, "/docs")
            #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
            #expect(page.text.contains("/api/v1/wallet/b") && page.text.contains("schema-Money"))
            for service in ["catalog", "wallet"] {
                #expect(page.text.contains("href=\"#service-\(service)\""))
                #expect(page.text.contains("<h3 id=\"\(service)-things\">"))
            }
            for word in ["<script", "src=", "http-equiv", "@import", "url("] {
                #expect(!page.text.contains(word), "\(word)")
            }
            let style = try #require(
                page.text.split(separator: "<style>").last?.split(separator: "</style>").first)
            let digest = Base64.encode(Digest.sha256(Array(style.utf8)))
            let policy = try #require(page.headers["Content-Security-Policy"])
            #expect(policy.contains("style-src 'sha256-\(digest)'"))
        }
    }

    @Test func textOfDocumentsCannotBecomeMarkup() {
        let page = ReferencePage.html([
            "info": ["title": "<script>alert(1)</script>"], "tags": [["name": "a\"b'<i>"]],
            "paths": [
                "/<b>": [
                    "get": [
                        "tags": ["a\"b'<i>"], "summary": "&<img>", "description": "`<u>` <b>",
                        "x-souk-service": "\"><script>", "responses": [:],
                    ]
                ]
            ],
            "components": ["schemas": ["\"><u>": ["type": "string"]]],
        ])
        for mark in ["<script", "<img", "<b>", "<u>", "<i>"] { #expect(!page.contains(mark)) }
    }

    @Test func measurementsAreForOperators() async throws {
        try await GatewayRig.with(settings: ["SOUK_TRUSTED_PROXIES": "127.0.0.1"]) {
            rig async throws in
            #expect(try await rig.send(.get, "/metrics").status == 200)
            let outside = try await rig.send(
                .get, "/metrics", headers: ["X-Forwarded-For": "203.0.113.1"])
            #expect(outside.status == 404)
        }
    }
}
