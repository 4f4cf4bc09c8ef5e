import EventStore
import EventTypes
import HTTP
import JSON
import TestSupport
import Testing

@testable import UserService

@Suite struct SignInTests {
    @Test func aReusedRefreshTokenEndsTheWholeFamily() async throws {
        try await UserScene.with { scene in
            let person = try await scene.person("nadia@example.com")
            let second = try await token(of: scene.refresh(person.refresh))
            let third = try await token(of: scene.refresh(second))
            scene.service.clock.advance(by: .seconds(11))
            #expect(try await scene.refresh(person.refresh).problem == "refresh-token-refused")
            #expect(try await scene.refresh(third).problem == "refresh-token-refused")
            let types = try await scene.service.events().map(\.type.name).suffix(2)
            #expect(types == ["user.refresh_token_reuse_detected", "user.session_ended"])
        }
    }

    @Test func parallelRefreshesOfOneClientAllGetTheSameNextToken() async throws {
        try await UserScene.with { scene in
            let person = try await scene.person("nadia@example.com")
            let tokens = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 1...4 {
                    group.addTask { try await token(of: scene.refresh(person.refresh)) }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(tokens.count == 1)
            scene.service.clock.advance(by: .seconds(60))
            #expect(try await scene.refresh(tokens.first ?? "").status == 200)
        }
    }

    @Test func signingOutEndsOneSessionAndSigningOutEverywhereAll() async throws {
        try await UserScene.with { scene in
            let first = try await scene.person("nadia@example.com")
            let second = try await scene.signedIn("nadia@example.com")
            let third = try await scene.signedIn("nadia@example.com")
            let other = try await scene.person("omar@example.com")
            let body: JSONValue = ["refresh_token": .string(first.refresh)]
            #expect(try await scene.post("logout", body).status == 204)
            #expect(try await scene.post("logout", body).status == 204)
            #expect(try await scene.post("logout", ["refresh_token": "none"]).status == 204)
            #expect(try await scene.refresh(first.refresh).status == 401)
            #expect(try await scene.refresh(second.refresh).status == 200)
            #expect(try await scene.post("logout-everywhere", [:], as: second.caller).status == 204)
            #expect(try await scene.refresh(second.refresh).status == 401)
            #expect(try await scene.refresh(third.refresh).status == 401)
            #expect(try await scene.refresh(other.refresh).status == 200)
        }
    }

    @Test func aSessionEndsAfterThirtyDays() async throws {
        try await UserScene.with { scene in
            let person = try await scene.person("nadia@example.com")
            scene.service.clock.advance(by: Session.lifetime)
            #expect(try await scene.refresh(person.refresh).status == 401)
        }
    }

    @Test func theKeySetShowsTheNextKeyBeforeItSignsAndTheOneBeforeWhileItsTokensLive() async throws
    {
        try await UserScene.with { scene in
            func keys() async throws -> [String] {
                let set = try await scene.service.call(.get, "/.well-known/jwks.json").json
                return set["keys"]?.array?.compactMap { $0["kid"]?.string } ?? []
            }
            let before = try await keys()
            #expect(before.count == 2)
            scene.service.clock.advance(by: SigningKeyStore.period - .seconds(60))
            let person = try await scene.person("nadia@example.com")
            scene.service.clock.advance(by: .seconds(120))
            let during = try await keys()
            #expect(during.count == 3)
            #expect(during.first == before.last)
            #expect(Set(during).isSuperset(of: before))
            #expect(try await scene.me(person.access).status == 200)
            scene.service.clock.advance(by: .seconds(3_600))
            let after = try await keys()
            #expect(after.count == 2 && after.first == before.last)
        }
    }

    private func token(of response: HarnessResponse) throws -> String {
        try #require(response.json["refresh_token"]?.string, "\(response.text)")
    }
}
