import EventTypes
import Testing

@testable import UserService

@Suite struct PersonTests {
    private let now = Timestamp(seconds: 1_000)
    private let userID = UserID(high: 2, low: 2)
    private let other = UserID(high: 3, low: 3)

    private func sealed() -> SealedText { SealedText(subject: userID, box: "box") }

    private var registration: PersonRegistered {
        PersonRegistered(
            userID: userID, email: sealed(), emailDigest: "digest", passwordHash: sealed(),
            roles: [.customer], registeredAt: now)
    }

    private var code: VerificationCodeIssued {
        VerificationCodeIssued(
            messageID: EventID(high: 4, low: 4), codeDigest: "code", expiresAt: now + .seconds(900),
            recipient: sealed(), values: sealed())
    }

    private func state(_ commands: Person.Command...) throws -> Person.State {
        var state = Person.initial
        for command in [.register(registration)] + commands {
            for event in try Person.decide(command, state) { Person.evolve(&state, event) }
        }
        return state
    }

    @Test func theRightCodeVerifiesTheAddressAndGivesLevelOne() throws {
        let events = try Person.decide(
            .verifyEmail(matches: true, at: now), try state(.issueCode(code)))
        #expect(
            events == [
                .emailVerified(PersonEmailVerified(verifiedAt: now)),
                .kycLevelChanged(
                    PersonKYCLevelChanged(level: 1, changedBy: nil, reason: "email_verified")),
            ])
    }

    @Test func fiveWrongEntriesUseACodeUp() throws {
        var state = try state(.issueCode(code))
        for _ in 0..<Person.codeAttempts {
            for event in try Person.decide(.verifyEmail(matches: false, at: now), state) {
                Person.evolve(&state, event)
            }
        }
        #expect(throws: Person.Refusal.codeUsedUp) {
            try Person.decide(.verifyEmail(matches: true, at: now), state)
        }
    }

    @Test func aNewCodeStartsItsOwnCount() throws {
        let again = try state(
            .issueCode(code), .verifyEmail(matches: false, at: now), .issueCode(code))
        #expect(again.pendingCode?.failures == 0)
    }

    @Test func anExpiredCodeIsRefused() throws {
        let issued = try state(.issueCode(code))
        #expect(throws: Person.Refusal.codeExpired) {
            try Person.decide(.verifyEmail(matches: true, at: code.expiresAt), issued)
        }
    }

    @Test func nobodyChangesTheirOwnRoles() throws {
        let registered = try state()
        #expect(throws: Person.Refusal.ownRoles) {
            try Person.decide(.changeRoles([.admin], by: userID), registered)
        }
        #expect(try Person.decide(.changeRoles([.finance], by: other), registered).count == 1)
        #expect(try Person.decide(.changeRoles([.customer], by: other), registered).isEmpty)
    }

    @Test func anErasedPersonTakesNoMoreCommandsAndForgetsWhatWasSealed() throws {
        let erased = try state(.erase(at: now))
        #expect(erased.email == nil && erased.passwordHash == nil)
        #expect(try Person.decide(.erase(at: now), erased).isEmpty)
        #expect(throws: Person.Refusal.erased) {
            try Person.decide(.changeKYCLevel(2, by: other, reason: "documents"), erased)
        }
    }

    @Test func levelsEndAtThree() throws {
        let registered = try state()
        #expect(throws: Person.Refusal.unknownLevel) {
            try Person.decide(.changeKYCLevel(4, by: other, reason: "documents"), registered)
        }
    }
}
