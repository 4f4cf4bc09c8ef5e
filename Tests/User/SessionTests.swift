import EventTypes
import Testing

@testable import UserService

@Suite struct SessionTests {
    private let start = Timestamp(seconds: 1_000)
    private let sessionID = SessionID(high: 1, low: 1)
    private let userID = UserID(high: 2, low: 2)

    private func state(_ commands: Session.Command...) throws -> Session.State {
        var state = Session.initial
        let opened = SessionOpened(
            sessionID: sessionID, userID: userID, openedAt: start,
            expiresAt: start + Session.lifetime)
        for command in [.open(opened)] + commands {
            for event in try Session.decide(command, state) { Session.evolve(&state, event) }
        }
        return state
    }

    @Test func theCurrentTokenIsExchangedForTheNextGeneration() throws {
        let events = try Session.decide(.refresh(generation: 0, at: start), try state())
        #expect(events == [.refreshed(SessionRefreshed(generation: 1, refreshedAt: start))])
    }

    @Test func aParallelRefreshWithinTheGraceKeepsTheFamily() throws {
        let refreshed = try state(.refresh(generation: 0, at: start))
        let again = try Session.decide(
            .refresh(generation: 0, at: start + .seconds(9)), refreshed)
        #expect(again.isEmpty)
        #expect(refreshed.generation == 1)
    }

    @Test func aReplacedTokenAfterTheGraceEndsTheFamily() throws {
        let later = start + Session.grace
        let events = try Session.decide(
            .refresh(generation: 0, at: later), try state(.refresh(generation: 0, at: start)))
        #expect(
            events == [
                .reuseDetected(SessionReuseDetected(generation: 0, detectedAt: later)),
                .ended(SessionEnded(reason: .tokenReused, endedAt: later)),
            ])
    }

    @Test func anOlderTokenEndsTheFamilyEvenWithinTheGrace() throws {
        let twice = try state(
            .refresh(generation: 0, at: start), .refresh(generation: 1, at: start))
        var ended = twice
        for event in try Session.decide(.refresh(generation: 0, at: start), twice) {
            Session.evolve(&ended, event)
        }
        #expect(ended.phase == .ended)
        #expect(throws: Session.Refusal.notOpen) {
            try Session.decide(.refresh(generation: 2, at: start), ended)
        }
    }

    @Test func aGenerationThatWasNeverIssuedEndsTheFamily() throws {
        let events = try Session.decide(.refresh(generation: 7, at: start), try state())
        #expect(events.count == 2)
    }

    @Test func anExpiredSessionIsNotRefreshed() throws {
        let open = try state()
        #expect(throws: Session.Refusal.expired) {
            try Session.decide(.refresh(generation: 0, at: start + Session.lifetime), open)
        }
    }

    @Test func endingTwiceIsOneEvent() throws {
        let ended = try state(.end(.signedOut, at: start))
        #expect(try Session.decide(.end(.signedOut, at: start), ended).isEmpty)
    }
}
