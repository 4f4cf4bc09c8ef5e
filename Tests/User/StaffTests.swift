import EventTypes
import HTTP
import JSON
import TestSupport
import Testing

@testable import UserService

/// What staff may do, and nobody else.
@Suite struct StaffTests {
    @Test func theFirstAdministratorIsMadeOnceAndGivesRoles() async throws {
        try await UserScene.with { scene in
            let admin = try await scene.administrator()
            let again = try await scene.administrator()
            #expect(admin.id == again.id)
            let me = try await scene.me(admin.access).json
            #expect(me["roles"] == ["admin", "customer"])
            #expect(me["kyc_level"] == 3 && me["email_verified"] == true)

            let person = try await scene.person("nadia@example.com")
            let answer = try await put(scene, person.id, "roles", ["roles": ["finance"]], admin)
            #expect(answer.json["roles"] == ["customer", "finance"])
            // Old sessions end, so that no token goes on saying something else.
            #expect(try await scene.refresh(person.refresh).status == 401)
            let published = try await scene.service.published(UserRolesChanged.self).last
            #expect(published?.roles == [.customer, .finance])
            let own = try await put(scene, admin.id, "roles", ["roles": ["customer"]], admin)
            #expect(own.status == 403)
        }
    }

    @Test func levelsAreGivenBySupportAndNobodyGivesTheirOwn() async throws {
        try await UserScene.with { scene in
            let admin = try await scene.administrator()
            let person = try await scene.person("nadia@example.com")
            _ = try await scene.person("sam@example.com")
            let sam = try await scene.signedIn("sam@example.com")
            _ = try await put(scene, sam.id, "roles", ["roles": ["support"]], admin)
            let support = try await scene.signedIn("sam@example.com")

            let body: JSONValue = ["level": 2, "reason": "documents_verified"]
            let answer = try await put(scene, person.id, "kyc-level", body, support)
            #expect(answer.status == 200 && answer.json["kyc_level"] == 2)
            #expect(
                try await scene.service.published(UserKYCLevelChanged.self).last
                    == UserKYCLevelChanged(userID: person.id, level: 2))
            let own = try await put(scene, support.id, "kyc-level", ["level": 3], support)
            #expect(own.status == 403)
            let roles = try await put(scene, person.id, "roles", ["roles": ["admin"]], support)
            #expect(roles.status == 403)

            for (bad, fault) in [
                (["level": 4] as JSONValue, "/level"), (["level": -1], "/level"),
                (["level": "2"], "/level"), (["level": 2, "reason": "a story"], "/reason"),
            ] {
                let refused = try await put(scene, person.id, "kyc-level", bad, support)
                #expect(refused.status == 422 && refused.faults == [fault])
            }
            let nobody: UserID = SequentialIdentifiers.identifier(77_777)
            #expect(
                try await put(scene, nobody, "kyc-level", ["level": 2], support).status == 404)
            for bad in [["roles": []] as JSONValue, ["roles": ["king"]]] {
                let refused = try await put(scene, person.id, "roles", bad, admin)
                #expect(refused.status == 422 && refused.faults.count == 1)
            }
        }
    }

    @Test func customersSeeThemselvesOnly() async throws {
        try await UserScene.with { scene in
            let admin = try await scene.administrator()
            let nadia = try await scene.person("nadia@example.com")
            let omar = try await scene.person("omar@example.com")
            func get(_ path: String, _ caller: HarnessCaller) async throws -> HarnessResponse {
                try await scene.service.call(.get, "/api/v1/users\(path)", as: caller)
            }
            #expect(try await get("/\(nadia.id)", nadia.caller).status == 200)
            #expect(try await get("/\(omar.id)", nadia.caller).status == 404)
            #expect(try await get("/\(omar.id)", .none).status == 401)
            #expect(try await get("", nadia.caller).status == 403)
            #expect(
                try await put(scene, omar.id, "kyc-level", ["level": 3], nadia).status == 403)
            #expect(
                try await put(scene, nadia.id, "roles", ["roles": ["admin"]], nadia).status == 403)

            let found = try await get("?email=OMAR@example.com", admin.caller).json
            #expect(found["items"]?[0]?["id"]?.string == omar.id.description)
            #expect(try await get("?email=x", admin.caller).status == 422)
            let first = try await get("?limit=2", admin.caller).json
            let cursor = try #require(first["next"]?.string)
            let second = try await get("?limit=2&cursor=\(cursor)", admin.caller).json
            let emails = [first, second].flatMap { $0["items"]?.array ?? [] }
                .compactMap { $0["email"]?.string }
            #expect(emails == [UserScene.adminEmail, "nadia@example.com", "omar@example.com"])
        }
    }

    @Test func subjectKeysAreForTheServicesThatNeedThem() async throws {
        try await UserScene.with { scene in
            let person = try await scene.person("nadia@example.com")
            let path = "/internal/v1/subject-keys/\(person.id)"
            func status(_ caller: HarnessCaller) async throws -> HTTPStatus {
                try await scene.service.call(.get, path, as: caller).status
            }
            #expect(try await status(.service("wallet")) == 200)
            #expect(try await status(.service("catalog")) == 403)
            #expect(try await status(person.caller) == 401)
            #expect(try await status(.none) == 401)
        }
    }

    private func put(
        _ scene: UserScene, _ id: UserID, _ what: String, _ body: JSONValue,
        _ caller: UserScene.Person
    ) async throws -> HarnessResponse {
        try await scene.service.call(
            .put, "/api/v1/users/\(id)/\(what)", as: caller.caller, body: body)
    }
}
