import Foundation
import JSON
import Testing

/// `SOUK_WRITE_DOCS=1` writes the reference instead of comparing it.
@Suite(.livePlatform) struct APIReferenceTests {
    private static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/API.md")

    @Test func theReferenceSaysWhatIsServed() async throws {
        let platform = try #require(LivePlatform.current)
        let client = LiveClient(gateway: platform.gateway)
        let answer = try await client.call("GET", "/openapi.json")
        #expect(answer.status == 200)
        let document = try JSON.decode(JSONValue.self, from: answer.bytes, limits: .document)
        let text = APIReference(document: document).markdown
        if ProcessInfo.processInfo.environment["SOUK_WRITE_DOCS"] != nil {
            try Data(text.utf8).write(to: Self.file)
        }
        #expect(
            try String(contentsOf: Self.file, encoding: .utf8) == text,
            "docs/API.md is behind the code: run make docs")
    }

    @Test func thePageForPeopleNeedsNothingFromElsewhere() async throws {
        let platform = try #require(LivePlatform.current)
        let page = try await LiveClient(gateway: platform.gateway).call("GET", "/docs")
        let text = String(decoding: page.bytes, as: UTF8.self)
        #expect(page.status == 200)
        #expect(page.headers["content-security-policy"] != nil)
        #expect(text.contains("/api/v1/wallet/withdrawals"))
        #expect(
            !text.contains("<script"))
    }
}
