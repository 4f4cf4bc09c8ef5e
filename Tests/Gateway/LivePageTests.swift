import Crypto
import HTTP
import JSON
import TestSupport
import Testing

@testable import GatewayService

@Suite(.timeLimit(.minutes(10))) struct LivePageTests {
    private static let browser =
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

    private static func between(_ start: String, _ end: String, of text: String) -> String? {
        guard let from = text.firstRange(of: start)?.upperBound,
            let to = text[from...].firstRange(of: end)?.lowerBound
        else { return nil }
        return String(text[from..<to])
    }

    @Test func browsersGetThePageAndProgramsTheAddresses() async throws {
        try await GatewayRig.with { rig async throws in
            let page = try await rig.send(.get, "/", headers: ["Accept": .init(Self.browser)])
            #expect(page.status == 200)
            #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
            #expect(page.headers.list("Vary").contains("Accept"))
            #expect(page.text.hasPrefix("<!DOCTYPE html>"))
            let tag = try #require(page.headers["ETag"])
            let again = try await rig.send(
                .get, "/", headers: ["Accept": .init(Self.browser), "If-None-Match": tag])
            #expect(again.status == 304 && again.text.isEmpty)
            for accept in ["application/json", "*/*", "text/html;q=0.5, application/json"] {
                let answer = try await rig.send(.get, "/", headers: ["Accept": accept])
                #expect(answer.headers["Content-Type"] == "application/json", "\(accept)")
                let landing = try JSON.decode(JSONValue.self, from: Array(answer.text.utf8))
                #expect(landing["reference"] == "/docs" && landing["openapi"] == "/openapi.json")
                #expect(answer.headers.list("Vary").contains("Accept"))
            }
        }
    }

    @Test func thePolicyAllowsThePagesOwnPartsAndNothingElse() async throws {
        try await GatewayRig.with { rig async throws in
            let page = try await rig.send(.get, "/", headers: ["Accept": "text/html"])
            let policy = try #require(page.headers["Content-Security-Policy"])
            #expect(page.headers.all("Content-Security-Policy").count == 1)
            for (kind, tag) in [("style-src", "style"), ("script-src", "script")] {
                let part = try #require(Self.between("<\(tag)>", "</\(tag)>", of: page.text))
                let digest = Base64.encode(Digest.sha256(Array(part.utf8)))
                #expect(policy.contains("\(kind) 'sha256-\(digest)';"))
            }
            #expect(policy.hasPrefix("default-src 'none';"))
            #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"))
            #expect(policy.contains("require-trusted-types-for 'script'"))
            // Nothing is loaded from anywhere, and no markup needs an exception.
            for word in ["src=", "@import", "url(", " style=", " onclick", "<iframe", "http-equiv"]
            {
                #expect(!page.text.contains(word), "\(word)")
            }
            let addresses = page.text.split(separator: "href=\"").dropFirst()
                .compactMap { $0.split(separator: "\"").first }
            #expect(addresses.allSatisfy { $0.hasPrefix("/") || $0.hasPrefix("data:") })
        }
    }

    /// Names of shops are written by people: the script has no way to make markup of a text.
    @Test func whatThePlatformSaysStaysText() throws {
        let page = String(decoding: LivePage.assembled, as: UTF8.self)
        let script = try #require(Self.between("<script>", "</script>", of: page))
        let sinks = [
            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(",
            "createContextualFragment", "setHTML", "DOMParser", "srcdoc", "javascript:",
            "setAttribute(\"on", "setAttribute(\"href", "setAttribute(\"style",
        ]
        for sink in sinks { #expect(!script.contains(sink), "\(sink)") }
        #expect(script.contains("textContent"))
    }

    @Test func withoutScriptsThePageSaysWhereTheNumbersAre() throws {
        let page = String(decoding: LivePage.assembled, as: UTF8.self)
        let sentence = try #require(Self.between("<noscript>", "</noscript>", of: page))
        for address in ["/api/v1/analytics/pulse", "/api/v1/platform", "/docs"] {
            #expect(sentence.contains("href=\"\(address)\""))
        }
    }
}
