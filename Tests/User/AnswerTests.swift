import HTTP
import JSON
import Runtime
import TestSupport
import Testing

@testable import UserService

/// What answers tell, and what they must not.
@Suite struct AnswerTests {
    @Test func answersAreTheSameWhetherAnAccountExistsOrNot() async throws {
        try await UserScene.with { scene in
            _ = try await scene.person("verified@example.com")
            _ = try await scene.register("waiting@example.com")
            let known = ["verified@example.com", "waiting@example.com"]
            let nobody = try await scene.register("nobody@example.com").appearance
            for email in known {
                #expect(try await scene.register(email).appearance == nobody)
            }
            let wrong = try await scene.login("unknown@example.com", "not the password").appearance
            for email in known {
                #expect(try await scene.login(email, "not the password").appearance == wrong)
            }
            let noCode = try await scene.verify("unknown@example.com", "000000x").appearance
            let code = try await scene.post(
                "verification-codes", ["email": "unknown@example.com"]
            ).appearance
            for email in known {
                #expect(try await scene.verify(email, "000000x").appearance == noCode)
                let answer = try await scene.post("verification-codes", ["email": .string(email)])
                #expect(answer.appearance == code)
            }
        }
    }

    @Test func answersComeAtTheSameStepsWhateverTheWork() {
        let step: Duration = .milliseconds(250)
        for elapsed in [Duration.zero, .milliseconds(3), .milliseconds(249)] {
            #expect(EvenTiming.rest(of: step, after: elapsed) + elapsed == step)
        }
        #expect(EvenTiming.rest(of: step, after: .milliseconds(260)) == .milliseconds(240))
    }

    @Test func tooManyAttemptsAtOneAccountAreRefusedOnEveryPathWhetherItExistsOrNot() async throws {
        try await UserScene.with { scene in
            _ = try await scene.register("nadia@example.com")
            for _ in 1...9 { _ = try await scene.login("nadia@example.com", "not the password") }
            for _ in 1...10 { _ = try await scene.login("nobody@example.com", "not the password") }
            for email in ["nadia@example.com", "nobody@example.com"] {
                let login = try await scene.login(email)
                #expect(login.problem == "too-many-requests" && login.status == 429)
                #expect(login.headers["Retry-After"] == "90")
                #expect(try await scene.register(email).status == 429)
                #expect(try await scene.verify(email, "1").status == 429)
                let code = try await scene.post("verification-codes", ["email": .string(email)])
                #expect(code.status == 429)
            }
            #expect(try await scene.login("omar@example.com").status == 401)
            scene.service.clock.advance(by: .seconds(90))
            #expect(try await scene.login("nadia@example.com").status == 401)
            #expect(try await scene.login("nadia@example.com").status == 429)
        }
    }

    @Test func tooManyAttemptsFromOneAddressAreRefusedWhateverTheAccount() async throws {
        try await UserScene.with(["SOUK_ADDRESS_ATTEMPTS": "3"]) { scene in
            // What the client itself put before the proxy's entry is not believed.
            let addresses = [
                "192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1", "198.51.100.9, 192.0.2.1",
                "192.0.2.2",
            ]
            var statuses: [HTTPStatus] = []
            for (number, address) in addresses.enumerated() {
                let email = JSONValue.string("p\(number)@example.com")
                statuses += [
                    try await scene.post("verification-codes", ["email": email], from: address)
                        .status
                ]
            }
            #expect(statuses == [202, 202, 202, 429, 429, 202])
        }
    }

    @Test func signingInRightDoesNotUseUpAttempts() async throws {
        try await UserScene.with { scene in
            _ = try await scene.person("nadia@example.com")
            for _ in 1...12 { #expect(try await scene.login("nadia@example.com").status == 200) }
        }
    }

    @Test func badInputIsRefusedAtTheFieldAndChangesNothing() async throws {
        try await UserScene.with { scene in
            for bad in BadRequest.all {
                let response = try await scene.service.call(
                    .post, "/api/v1/auth/\(bad.path)", raw: Array(bad.body.utf8))
                #expect(response.status == bad.status, "\(bad): \(response.text)")
                #expect(response.faults == bad.faults, "\(bad)")
            }
            #expect(try await scene.service.events().isEmpty)
        }
    }
}
