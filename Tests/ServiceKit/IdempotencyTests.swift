import EventTypes
import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport
import Testing

@Suite struct IdempotencyTests {
    typealias Harness = ServiceHarness<CounterService>

    private static let user = HarnessCaller.customer(SequentialIdentifiers.identifier(5))
    private static let other = HarnessCaller.customer(SequentialIdentifiers.identifier(6))

    private static func move(
        _ harness: Harness, _ by: JSONValue, key: HarnessKey, as caller: HarnessCaller = user,
        counter: String = "a"
    ) async throws -> HarnessResponse {
        try await harness.call(
            .post, "/api/v1/counters/\(counter)/moves", as: caller, body: ["by": by], key: key)
    }

    @Test func aRepeatGetsTheFirstAnswerAndDoesNothing() async throws {
        try await Harness.with { harness async throws in
            let first = try await Self.move(harness, 3, key: "k")
            #expect(first.status == 201 && first.headers["Idempotency-Replayed"] == nil)
            _ = try await Self.move(harness, 4, key: "l")
            // The same key, quoted as the draft has it.
            for key in ["k", "\"k\""] {
                let again = try await Self.move(harness, 3, key: .text(key))
                #expect(again.status == 201 && again.bytes == first.bytes)
                #expect(again.headers["Idempotency-Replayed"] == "true")
            }
            #expect(try await harness.events().count == 2)
        }
    }

    @Test func anotherRequestWithTheKeyIsRefused() async throws {
        try await Harness.with { harness async throws in
            _ = try await Self.move(harness, 3, key: "k")
            let body = try await Self.move(harness, 4, key: "k")
            #expect(body.status == 422 && body.problem == "idempotency-key-reused")
            let path = try await Self.move(harness, 3, key: "k", counter: "b")
            #expect(path.problem == "idempotency-key-reused")
            // Another person's key is another key.
            let person = try await Self.move(harness, 5, key: "k", as: Self.other)
            #expect(person.status == 201 && person.json["total"] == 8)
        }
    }

    @Test func aRefusalIsNoOutcome() async throws {
        try await Harness.with { harness async throws in
            let refused = try await Self.move(harness, -1, key: "k")
            #expect(refused.status == 409 && refused.problem == "too-little")
            _ = try await Self.move(harness, 1, key: "l")
            #expect(try await Self.move(harness, -1, key: "k").status == 201)
        }
    }

    @Test func withoutAKeyNothingHappens() async throws {
        try await Harness.with { harness async throws in
            let missing = try await Self.move(harness, 1, key: .none)
            #expect(missing.status == 400 && missing.problem == "missing-idempotency-key")
            for key in [
                "", "a b", "\"open", "\"a\"b\"", "grün", String(repeating: "k", count: 256),
            ] {
                let wrong = try await Self.move(harness, 1, key: .text(key))
                #expect(wrong.status == 400, "\(key)")
            }
            #expect(try await harness.events().isEmpty)
        }
    }

    @Test func aRequestThatIsStillRunningIsNotStartedAgain() async throws {
        try await Harness.with { harness async throws in
            let gate = CounterService.gates.gate("in-flight")
            func slow() async throws -> HarnessResponse {
                try await harness.call(
                    .post, "/api/v1/slow", as: Self.user, body: ["by": 1],
                    headers: ["X-Gate": "in-flight"], key: "k")
            }
            async let first = slow()
            await gate.hasCome.waitUntilReady()
            let second = try await slow()
            #expect(second.status == 409 && second.problem == "request-in-progress")
            gate.mayGo.ready()
            #expect(try await first.status == 201)
        }
    }
}
