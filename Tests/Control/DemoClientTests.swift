import HTTP
import JSON
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import ControlService

@Suite struct DemoClientTests {
    /// What a request carried, and how it was answered.
    private struct Seen: Sendable, Equatable {
        let key: String?
        let authorization: String?
        let status: Int
    }

    /// Serves `answers` in turn, the last one for ever, and gives what was seen.
    private func exchange(
        _ answers: [Int], session: DemoSession? = nil, passing: Set<Int> = []
    ) async throws -> (seen: [Seen], outcome: Result<DemoAnswer, any Error>) {
        let loop = EventLoop(name: "demo")
        defer { loop.stop() }
        let seen = Mutex<[Seen]>([])
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(host: "127.0.0.1", port: 0), loops: [loop],
            logger: .silent, metrics: Metrics()
        ) { request in
            if request.path == "/api/v1/auth/login" {
                return try .json(["access_token": "fresh"] as JSONValue)
            }
            let status = seen.withLock { seen in
                let status = answers[min(seen.count, answers.count - 1)]
                seen.append(
                    Seen(
                        key: request.headers["Idempotency-Key"],
                        authorization: request.headers["Authorization"], status: status))
                return status
            }
            return try .json(["id": "one"] as JSONValue, status: HTTPStatus(status))
        }
        let lifecycle = Lifecycle()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) { try await server.run(lifecycle) }
            await lifecycle.waitUntilReady()
            let client = DemoClient(
                url: "http://127.0.0.1:\(server.port)", http: HTTPClient(loop: loop), loop: loop,
                apiKey: "key")
            var request = try DemoClient.Request(.post, "/api/v1/things", json: ["a": 1])
            request.key = "same"
            request.session = session
            request.passing = passing
            let outcome: Result<DemoAnswer, any Error>
            do {
                outcome = .success(try await client.send(request))
            } catch {
                outcome = .failure(error)
            }
            lifecycle.requestShutdown()
            try await group.waitForAll()
            return (seen.withLock { $0 }, outcome)
        }
    }

    @Test func whatPassesIsSentAgainWithTheSameKey() async throws {
        let (seen, outcome) = try await exchange([503, 429, 409, 201], passing: [409])
        #expect(seen.map(\.status) == [503, 429, 409, 201])
        #expect(seen.allSatisfy { $0.key == "\"same\"" })
        #expect(try outcome.get().text("id") == "one")
    }

    @Test func aRefusalIsNotRepeated() async throws {
        let (seen, outcome) = try await exchange([422])
        #expect(seen.count == 1)
        #expect(throws: DemoFailure.self) { try outcome.get() }
    }

    @Test func whoseTokenExpiredSignsInAgain() async throws {
        let session = DemoSession(email: "a@b.example", password: "secret", address: "192.0.2.9")
        let (seen, outcome) = try await exchange([401, 200], session: session)
        #expect(seen.map(\.authorization) == [nil, "Bearer fresh"])
        #expect(try outcome.get().status == 200)
    }
}
