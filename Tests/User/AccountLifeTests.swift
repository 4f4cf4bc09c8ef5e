import EventStore
import EventTypes
import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import UserService

@Suite struct AccountLifeTests {
    @Test func aPersonRegistersVerifiesSignsInAndIsErased() async throws {
        try await UserScene.with { scene in
            let answer = try await scene.register("Nadia@Example.com")
            #expect(answer.status == 202)
            #expect(answer.json == ["status": "verification_required"])
            // Before the address is verified the right password is as good as a wrong one.
            #expect(try await scene.login("nadia@example.com").problem == "wrong-credentials")
            let message = try await scene.lastMessage()
            #expect(message.template == "email_verification")
            #expect(message.recipient == "nadia@example.com")
            #expect(message.code?.count == 6)
            let verified = try await scene.verify("nadia@example.com", message.code ?? "")
            #expect(verified.json == ["status": "verified"])

            let person = try await scene.signedIn("NADIA@example.com")
            let me = try await scene.me(person.access).json
            #expect(me["email"] == "nadia@example.com")
            #expect(me["email_verified"] == true)
            #expect(me["roles"] == ["customer"])
            #expect(me["kyc_level"] == 1)

            let log = try await scene.service.events()
            let text = try log.map { String(decoding: try $0.payload, as: UTF8.self) }.joined()
            #expect(!text.contains("nadia") && !text.contains("argon2"))
            #expect(!scene.service.log.messages.joined().contains("nadia"))

            let erased = try await scene.service.call(
                .delete, "/api/v1/users/me", as: person.caller)
            #expect(erased.status == 204)
            #expect(try await scene.login("nadia@example.com").problem == "wrong-credentials")
            #expect(try await scene.refresh(person.refresh).problem == "refresh-token-refused")
            #expect(try await scene.me(person.access).status == 401)

            let types = try await scene.service.publications().map {
                type(of: $0.payload).eventType
            }
            #expect(
                types == [
                    UserRegistered.eventType, EmailRequested.eventType,
                    UserEmailVerified.eventType, UserKYCLevelChanged.eventType,
                    UserSignedIn.eventType, UserErased.eventType,
                ])
        }
    }

    @Test func anErasedPersonStaysErasedAfterARebuild() async throws {
        try await UserScene.with { scene in
            let person = try await scene.person("nadia@example.com")
            let other = try await scene.person("omar@example.com")
            let published = try await scene.service.published(UserRegistered.self)
            _ = try await scene.service.call(.delete, "/api/v1/users/me", as: person.caller)

            let reports = try await scene.service.expectRebuildsAreIdentical("people")
            #expect(reports.map(\.rows) == [[1, 1]])

            // The log still has the registration, and nobody can read it.
            #expect(published.first?.userID == person.id)
            #expect(try await scene.subjectKey(person.id) == nil)
            #expect(try await scene.subjectKey(other.id) != nil)
            #expect(try await scene.login(person.email).problem == "wrong-credentials")
            let admin = try await scene.administrator()
            let found = try await scene.service.call(
                .get, "/api/v1/users?email=nadia@example.com", as: admin.caller)
            #expect(found.json["items"] == [])
            let direct = try await scene.service.call(
                .get, "/api/v1/users/\(person.id)", as: admin.caller)
            #expect(direct.status == 404)
            try await expectInvariants(scene)

            // The address is free for somebody new.
            let again = try await scene.person("nadia@example.com")
            #expect(again.id != person.id)
        }
    }

    @Test func aLaterRegistrationOfAnUnverifiedAddressCounts() async throws {
        try await UserScene.with { scene in
            _ = try await scene.register("nadia@example.com", "whoever lies in wait here")
            _ = try await scene.register("nadia@example.com")
            let code = try await scene.lastMessage().code ?? ""
            #expect(try await scene.verify("nadia@example.com", code).status == 200)
            #expect(
                try await scene.login("nadia@example.com", "whoever lies in wait here").status
                    == 401)
            #expect(try await scene.login("nadia@example.com").status == 200)
        }
    }

    @Test func registeringAVerifiedAddressTellsItsOwnerAndChangesNothing() async throws {
        try await UserScene.with { scene in
            _ = try await scene.person("nadia@example.com")
            _ = try await scene.register("nadia@example.com", "somebody else's idea of one")
            let message = try await scene.lastMessage()
            #expect(message.template == "account_exists")
            #expect(message.recipient == "nadia@example.com" && message.code == nil)
            #expect(try await scene.login("nadia@example.com").status == 200)
            #expect(
                try await scene.login("nadia@example.com", "somebody else's idea of one").status
                    == 401)
        }
    }

    @Test func aCodeIsUsedUpByFiveWrongEntriesAndOutOfDateAfterAQuarterOfAnHour() async throws {
        try await UserScene.with(["SOUK_ACCOUNT_ATTEMPTS": "100"]) { scene in
            let email = "nadia@example.com"
            _ = try await scene.register(email)
            let first = try await scene.lastMessage().code ?? ""
            for _ in 1...5 {
                #expect(try await scene.verify(email, "wrong").problem == "wrong-code")
            }
            #expect(try await scene.verify(email, first).problem == "wrong-code")
            _ = try await scene.post("verification-codes", ["email": .string(email)])
            let second = try await scene.lastMessage().code ?? ""
            scene.service.clock.advance(by: .seconds(900))
            #expect(try await scene.verify(email, second).problem == "wrong-code")
            _ = try await scene.post("verification-codes", ["email": .string(email)])
            let third = try await scene.lastMessage().code ?? ""
            #expect(try await scene.verify(email, third).status == 200)
        }
    }

    private func expectInvariants(_ scene: UserScene) async throws {
        let context = VerifyContext(pool: scene.service.context.pool, store: scene.service.store)
        for invariant in scene.service.blueprint.invariants {
            let result = try await invariant.check(context)
            guard case .holds = result else {
                Issue.record("\(invariant.name): \(result)")
                continue
            }
        }
    }
}
