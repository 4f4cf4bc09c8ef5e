import Crypto
import EventTypes
import HTTP
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import ServiceKit

@Suite struct NeighbourTests {
    private let loop = EventLoop(name: "neighbour")

    /// A neighbour at these places, where nothing answers but what `answer` says.
    private func neighbour(
        _ urls: String,
        _ answer: @escaping @Sendable (HTTPClientRequest) throws -> HTTPClientResponse
    ) -> Neighbour {
        Neighbour(
            name: "wallet", url: urls,
            tokens: ServiceTokens(
                name: "order", key: .generate(), clock: ManualClock(),
                ids: SequentialIdentifiers()),
            loop: loop, random: SeededRandom(), send: { try answer($0) })
    }

    private struct Nothing: Codable, Sendable {}

    @Test func aRepeatGoesToTheNextReplica() async throws {
        defer { loop.stop() }
        let asked = Mutex<[String]>([])
        let wallet = neighbour("http://a:1, http://b:2/") { request in
            asked.withLock { $0.append(request.url) }
            if asked.withLock({ $0.count }) < 3 {
                throw HTTPClientError(.connect, origin: request.url, reason: "refused")
            }
            return HTTPClientResponse(200, body: HTTPBody(Array("{}".utf8)))
        }
        let _: Nothing = try await wallet.get("/x", timeout: .seconds(60))
        let urls = asked.withLock { $0 }
        #expect(urls.count == 3 && Set(urls) == ["http://a:1/x", "http://b:2/x"])
        #expect(urls[0] == urls[2] && urls[0] != urls[1])
    }

    @Test func callsEndWithTheRequestTheyAreMadeFor() async throws {
        defer { loop.stop() }
        let left = Mutex<[Int]>([])
        let wallet = neighbour("http://a:1") { request in
            left.withLock { $0.append(Int(request.headers["Souk-Timeout"] ?? "") ?? -1) }
            return HTTPClientResponse(200, body: HTTPBody(Array("{}".utf8)))
        }
        let _: Nothing = try await wallet.get("/x")
        let scope = WorkScope(deadline: .now + .milliseconds(500))
        try await WorkScope.$current.withValue(scope) {
            let _: Nothing = try await wallet.get("/x")
        }
        let times = left.withLock { $0 }
        #expect((501...3_000).contains(times[0]) && (0...500).contains(times[1]))
    }

    @Test(arguments: [
        ("http://a:1", "http://a:1"), ("http://a:1/, https://b", "http://a:1,https://b"),
        ("", nil), (",", nil), ("http://a:1,ftp://b", nil), ("http://a:1,http://a:1", nil),
    ])
    func addressesAreChecked(text: String, value: String?) {
        let key = NeighbourKey("wallet", "http://127.0.0.1:1")
        #expect((try? key.url.value(of: text)) == value)
    }
}
