import EventTypes
import Glibc
import HTTP
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import UserService

/// What the service is given when it starts.
@Suite struct StartTests {
    @Test func aListOfCommonPasswordsThatWasAskedForMustBeThere() async throws {
        await #expect(throws: ConfigurationError.self) {
            try await UserScene.with(["SOUK_COMMON_PASSWORDS_FILE": "/nowhere/at/all"]) { _ in }
        }
    }

    @Test func passwordsOfTheListAreRefusedInAnyCase() async throws {
        let path = "/tmp/souk-common-\(getpid()).lst"
        let file = try #require(fopen(path, "w"))
        fputs("#!comment: a list\nMy Grandmothers Soup\nsoup\n", file)
        fclose(file)
        defer { unlink(path) }
        try await UserScene.with(["SOUK_COMMON_PASSWORDS_FILE": path]) { scene in
            let answer = try await scene.register("nadia@example.com", "my grandmothers SOUP")
            #expect(answer.status == 422 && answer.faults == ["/password"])
            #expect(try await scene.service.events().isEmpty)
        }
    }

    @Test func theFirstAdministratorNeedsAGoodPasswordToo() async throws {
        try await UserScene.with(["SOUK_ADMIN_PASSWORD": "short"]) { scene in
            let component = scene.service.blueprint.components.first?.component
            let housekeeping = try #require(component as? UserHousekeeping)
            await #expect(throws: FirstAdministrator.Fault.self) {
                try await housekeeping.run(Lifecycle())
            }
            #expect(try await scene.service.events().isEmpty)
        }
    }

    @Test func theMasterKeyHasThirtyTwoBytes() async throws {
        for wrong in ["", "AAAA", "not base64url!"] {
            await #expect(throws: ConfigurationError.self) {
                try await UserScene.with(["SOUK_MASTER_KEY": wrong]) { _ in }
            }
        }
    }

    @Test func aKeyIsMadeWhereNoneSignsAndOneIsAlwaysNext() {
        let now = Timestamp(seconds: 1_000_000)
        let period = SigningKeyStore.period
        #expect(SigningKeyStore.missing([], now) == [now, now + period])
        #expect(SigningKeyStore.missing([now], now) == [now + period])
        #expect(SigningKeyStore.missing([now, now + .seconds(1)], now).isEmpty)
        // After a long pause the next one still has its notice.
        let old = now - period - period
        #expect(SigningKeyStore.missing([old], now) == [now + SigningKeyStore.notice])
        let starts = [old, now - .seconds(100), now]
        #expect(SigningKeyStore.expired(starts, .seconds(60), now) == [old])
        #expect(SigningKeyStore.expired(starts, .seconds(101), now).isEmpty)
    }
}
