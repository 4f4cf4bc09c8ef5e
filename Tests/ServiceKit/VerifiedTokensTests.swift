import EventTypes
import HTTP
import TestSupport
import Testing

@testable import ServiceKit

@Suite("Tokens that were verified") struct VerifiedTokensTests {
    private static let user: UserID = SequentialIdentifiers.identifier(5)
    private let clock = ManualClock()

    private func claims(lifetime: Duration = .seconds(60)) -> AccessClaims {
        AccessClaims(
            Identity(userID: Self.user, roles: [.customer], sessionID: SessionID(Self.user)),
            issuedAt: clock.now(), lifetime: lifetime, tokenID: "t")
    }

    @Test func `one counts until it expires`() {
        let tokens = VerifiedTokens(clock: clock)
        #expect(tokens.identity(of: "a", edition: 1) == nil)
        tokens.add("a", claims(), edition: 1)
        #expect(tokens.identity(of: "a", edition: 1)?.userID == Self.user)
        #expect(tokens.identity(of: "b", edition: 1) == nil)
        clock.advance(by: .seconds(60))
        #expect(tokens.identity(of: "a", edition: 1) == nil)
    }

    @Test func `other keys know nothing of it`() {
        let tokens = VerifiedTokens(clock: clock)
        tokens.add("a", claims(), edition: 1)
        #expect(tokens.identity(of: "a", edition: 2) == nil)
        tokens.add("b", claims(), edition: 2)
        #expect(tokens.identity(of: "a", edition: 2) == nil)
        // Who is late with the keys of before changes nothing.
        tokens.add("a", claims(), edition: 1)
        #expect(tokens.identity(of: "a", edition: 2) == nil)
        #expect(tokens.identity(of: "b", edition: 2) != nil)
    }

    @Test func `those that are used stay, the others make room`() {
        let tokens = VerifiedTokens(clock: clock)
        tokens.add("used", claims(), edition: 1)
        tokens.add("unused", claims(), edition: 1)
        for round in 0..<2 {
            for number in 0..<VerifiedTokens.generationLimit {
                tokens.add("\(round)-\(number)", claims(), edition: 1)
            }
            #expect(tokens.identity(of: "used", edition: 1) != nil)
        }
        #expect(tokens.identity(of: "unused", edition: 1) == nil)
    }

    @Test func `a token that was taken is refused after its time`() async throws {
        try await ServiceHarness<CounterService>.with { harness async throws in
            let token = try harness.sign(
                AccessClaims(
                    Identity(
                        userID: Self.user, roles: [.customer], sessionID: SessionID(Self.user)),
                    issuedAt: harness.clock.now(), lifetime: .seconds(60), tokenID: "t"))
            for (wait, status) in [(0, 200), (59, 200), (40, 401)] {
                harness.clock.advance(by: .seconds(wait))
                let answer = try await harness.call(
                    .get, "/api/v1/signed-in", as: .token(token))
                #expect(answer.status.code == status)
            }
        }
    }
}
