import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@Suite struct RequestTests {
    typealias Harness = ServiceHarness<CounterService>

    private static let user = HarnessCaller.customer(SequentialIdentifiers.identifier(5))
    private static let moves = "/api/v1/counters/a/moves"

    private static func post(_ harness: Harness, _ text: String) async throws -> HarnessResponse {
        try await harness.call(.post, moves, as: user, raw: Array(text.utf8))
    }

    // MARK: Bodies

    @Test(arguments: [
        ("{\"by\":", 400, ""), ("", 400, ""), ("{\"by\":1}x", 400, ""),
        ("{\"by\":1,\"by\":2}", 400, "/by"), ("{\"by\":01}", 400, ""),
        ("{\"by\":\"1\"}", 422, "/by"), ("{\"by\":1.5}", 422, "/by"), ("{}", 422, "/by"),
        ("{\"by\":null}", 422, "/by"), ("[]", 422, ""), ("{\"by\":1e99}", 422, "/by"),
        ("{\"by\":1,\"note\":{\"lines\":[\"a\",2]}}", 422, "/note/lines/1"),
        ("{\"by\":1,\"note\":[]}", 422, "/note"),
    ])
    func aBodyThatIsWrongIsPointedAtAndChangesNothing(
        body: String, status: Int, pointer: String
    ) async throws {
        try await Harness.with { harness async throws in
            let answer = try await Self.post(harness, body)
            #expect(answer.status.code == status)
            #expect(answer.problem == (status == 400 ? "malformed-request" : "invalid-request"))
            if status == 422 { #expect(answer.faults == [pointer]) }
            #expect(try await harness.events().isEmpty)
        }
    }

    @Test func aBodyThatIsTooDeepOrTooLargeIsNotRead() async throws {
        try await Harness.with { harness async throws in
            let deep = String(repeating: "[", count: 10_000)
            #expect(try await Self.post(harness, deep).status == 400)
            let nested = "{\"by\":1,\"x\":" + String(repeating: "{\"x\":", count: 20) + "1"
            let open = nested + String(repeating: "}", count: 21)
            #expect(try await Self.post(harness, open).status == 400)
            let large = "{\"by\":1,\"x\":\"\(String(repeating: "a", count: 300_000))\"}"
            let answer = try await Self.post(harness, large)
            #expect(answer.status == 413 && answer.problem == "content-too-large")
        }
    }

    @Test(arguments: ["text/plain", "application/xml", "application/json; charset=latin1", "json"])
    func aBodyOfAnotherTypeIsRefused(type: String) async throws {
        try await Harness.with { harness async throws in
            let answer = try await harness.call(
                .post, Self.moves, as: Self.user, raw: Array("{\"by\":1}".utf8), type: type)
            #expect(answer.status == 415 && answer.headers["Accept"] == "application/json")
        }
    }

    // MARK: Pages

    @Test func aListingIsGoneThroughPageByPage() async throws {
        try await Harness.with { harness async throws in
            var seen: [Int64] = []
            var path: String? = "/api/v1/numbers?limit=20&from=7"
            var pages = 0
            while let next = path {
                let answer = try await harness.call(.get, next)
                seen += (answer.json["items"]?.array ?? []).compactMap(\.integer)
                let link = answer.headers["Link"]
                #expect(link?.contains("from=7") ?? true, "the other parameters stay")
                path = link.flatMap { $0.split(separator: ">").first?.dropFirst() }
                    .map(String.init)
                pages += 1
                if pages > 5 { break }
            }
            #expect(seen == Array(0..<50) && pages == 3)
        }
    }

    @Test func cursorsCannotBeMadeUp() async throws {
        try await Harness.with { harness async throws in
            let first = try await harness.call(.get, "/api/v1/numbers?limit=5")
            let cursor = try #require(first.json["next"]?.string)
            var turned = Array(cursor)
            turned[2] = turned[2] == "A" ? "B" : "A"
            for (path, forged) in [
                ("numbers", String(turned)), ("numbers", "MTA"), ("numbers", ""),
                ("numbers", "\(cursor)A"), ("others", cursor),
            ] {
                let answer = try await harness.call(.get, "/api/v1/\(path)?cursor=\(forged)")
                #expect(answer.status == 422 && answer.text.contains("cursor"), "\(forged)")
            }
            let good = try await harness.call(.get, "/api/v1/numbers?limit=5&cursor=\(cursor)")
            #expect(good.json["items"]?[0] == 5)
        }
    }

    @Test(arguments: ["limit=0", "limit=101", "limit=x", "from=-1", "from=%zz", "limit=5&limit=x"])
    func parametersOfTheWrongFormAreNamed(query: String) async throws {
        try await Harness.with { harness async throws in
            let answer = try await harness.call(.get, "/api/v1/numbers?\(query)")
            #expect(answer.status == 422 && answer.problem == "invalid-request")
        }
    }

    // MARK: Versions

    @Test func aChangeIsForTheVersionThatWasRead() async throws {
        try await Harness.with { harness async throws in
            func set(_ to: JSONValue, _ tag: String?) async throws -> HarnessResponse {
                try await harness.call(
                    .put, "/api/v1/counters/a", as: Self.user, body: ["by": to],
                    headers: tag.map { ["If-Match": $0] } ?? [:])
            }
            let missing = try await set(1, nil)
            #expect(missing.status == 428 && missing.problem == "precondition-required")
            let first = try await set(1, "*")
            let tag = try #require(first.headers["ETag"])
            #expect(tag == "\"1\"")
            #expect(try await set(2, tag).status == 200)
            for stale in [tag, "W/\"2\"", "\"x\"", "2", "\"1\", \"2\"", "\"-1\""] {
                let answer = try await set(3, stale)
                #expect(answer.status == 412 && answer.problem == "stale-version", "\(stale)")
            }
            #expect(try await harness.events().count == 2)
        }
    }

    @Test func whoHasTheVersionIsNotSentItAgain() async throws {
        try await Harness.with { harness async throws in
            _ = try await Self.post(harness, "{\"by\":4}")
            let path = "/api/v1/counters/a"
            let first = try await harness.call(.get, path, as: Self.user)
            #expect(first.json["total"] == 4 && first.headers["Cache-Control"] == "no-store")
            let tag = try #require(first.headers["ETag"])
            for known in [tag, "W/\(tag)", "\"7\", \(tag)", "*"] {
                let again = try await harness.call(
                    .get, path, as: Self.user, headers: ["If-None-Match": known])
                #expect(again.status == 304 && again.bytes.isEmpty)
            }
        }
    }
}
