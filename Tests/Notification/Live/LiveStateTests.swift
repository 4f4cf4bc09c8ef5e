import EventTypes
import JSON
import TestSupport
import Testing

@testable import NotificationService

@Suite struct LiveStateTests {
    private let ann = LiveWorld.ann
    private let bob: UserID = SequentialIdentifiers.identifier(2)

    private func change(_ number: Int, at position: Int64, to user: UserID? = nil) throws
        -> LiveChange
    {
        try #require(
            LiveChange.of(
                .raised(LiveWorld.message(number, to: user ?? ann)), at: position))
    }

    /// Takes what a connection would be sent now.
    private func taken(_ id: LiveConnectionID, _ state: inout LiveState) throws -> [LiveFrame] {
        var frames: [LiveFrame] = []
        while let message = state.next(id) { frames.append(try LiveWorld.frame(message.text)) }
        return frames
    }

    private func joined(_ state: inout LiveState, _ user: UserID) throws -> LiveConnectionID {
        let (id, position) = try state.join(user, expiresAt: nil)
        #expect(state.admit(id, past: [], shown: position) == .write(id))
        #expect(state.next(id) == nil)
        return id
    }

    @Test func everyDeviceOfAPersonIsToldAndNobodyElse() throws {
        var state = LiveState(position: 10)
        let phone = try joined(&state, ann)
        let laptop = try joined(&state, ann)
        let other = try joined(&state, bob)
        var encoded = 0
        let steps = try state.publish([change(1, at: 11)], upTo: 12) { frame in
            encoded += 1
            return LiveWorld.text(frame)
        }
        #expect(steps == [.write(phone), .write(laptop)])
        #expect(encoded == 1)
        #expect(state.position == 12)
        #expect(try taken(phone, &state).map(\.cursor?.position) == [11])
        #expect(try taken(laptop, &state).count == 1)
        #expect(try taken(other, &state).isEmpty)
        state.leave(phone)
        #expect(
            try state.publish([change(2, at: 13)], upTo: 13, encode: LiveWorld.text)
                == [.write(laptop)])
        // The laptop is being written to already.
        #expect(try state.publish([change(3, at: 14)], upTo: 14, encode: LiveWorld.text).isEmpty)
    }

    @Test func whatIsKnownFromThePastIsNotToldAgain() throws {
        let past = [LiveState.Message(position: 12, text: "past")]
        var fresh = LiveState(position: 10)
        let (other, _) = try fresh.join(ann, expiresAt: nil)
        _ = try fresh.publish(
            [change(1, at: 11), change(2, at: 12), change(3, at: 13)], upTo: 13,
            encode: LiveWorld.text)
        #expect(fresh.admit(other, past: past, shown: 12) == .write(other))
        #expect(fresh.next(other)?.text == "past")
        #expect(fresh.next(other)?.position == 13)
        #expect(fresh.next(other) == nil)
        #expect(fresh.admit(other, past: past, shown: 12) == nil)
    }

    @Test func whoDoesNotReadIsEndedAndTheOthersAreNot() throws {
        var limits = LiveState.Limits()
        limits.held = 3
        var state = LiveState(limits: limits)
        let slow = try joined(&state, ann)
        let quick = try joined(&state, ann)
        for number in 1...4 {
            let steps = try state.publish(
                [change(number, at: Int64(number))], upTo: Int64(number), encode: LiveWorld.text)
            #expect(steps.contains(.close(slow, .tooSlow)) == (number == 4))
            #expect(try taken(quick, &state).count == 1)
        }
        #expect(state.count == 1)
        #expect(state.next(slow) == nil)
        state.leave(slow)
        #expect(state.count == 1)
    }

    @Test func whenMuchIsHeldEachConnectionHasLess() throws {
        var limits = LiveState.Limits()
        limits.held = 10
        limits.heldByAll = 12
        limits.heldInNeed = 2
        var state = LiveState(limits: limits)
        let first = try joined(&state, ann)
        let second = try joined(&state, bob)
        let many = try (1...9).map { try change($0, at: Int64($0)) }
        #expect(state.publish(many, upTo: 9, encode: LiveWorld.text) == [.write(first)])
        let more = try (10...13).map { try change($0, at: Int64($0), to: bob) }
        let steps = state.publish(more, upTo: 13, encode: LiveWorld.text)
        #expect(steps == [.write(second), .close(second, .tooSlow)])
        // What the one held is free for the other.
        let last = try change(14, at: 14)
        #expect(state.publish([last], upTo: 14, encode: LiveWorld.text).isEmpty)
        #expect(try taken(first, &state).count == 10)
    }

    @Test func tooManyConnectionsAreRefused() throws {
        var limits = LiveState.Limits()
        limits.connections = 3
        limits.connectionsOfOnePerson = 2
        var state = LiveState(limits: limits)
        let first = try joined(&state, ann)
        _ = try joined(&state, ann)
        #expect(throws: LiveEnd.overloaded) { _ = try state.join(ann, expiresAt: nil) }
        _ = try joined(&state, bob)
        #expect(throws: LiveEnd.overloaded) { _ = try state.join(bob, expiresAt: nil) }
        state.leave(first)
        _ = try joined(&state, bob)
    }

    @Test func tokensAndPeopleEnd() throws {
        var state = LiveState()
        let (early, _) = try state.join(ann, expiresAt: LiveWorld.time)
        let (late, _) = try state.join(ann, expiresAt: LiveWorld.time + .seconds(1))
        let never = try joined(&state, ann)
        #expect(state.expire(at: LiveWorld.time - .seconds(1)).isEmpty)
        #expect(state.expire(at: LiveWorld.time) == [.close(early, .expired)])
        #expect(state.count == 2)
        let end = LiveChange(position: 5, userID: ann, effect: .end)
        #expect(
            state.publish([end], upTo: 5, encode: LiveWorld.text)
                == [.close(late, .expired), .close(never, .expired)])
        #expect(state.count == 0)
    }

    @Test func theLogIsSkippedOnlyWhenNobodyCouldMissSomething() throws {
        var state = LiveState(position: 10)
        state.skip(to: 20)
        #expect(state.position == 20)
        let (_, position) = try state.join(ann, expiresAt: nil)
        #expect(position == 20)
        state.skip(to: 30)
        #expect(state.position == 20)
    }

    @Test func onlyWhatIsWantedLiveIsTold() {
        #expect(LiveChange.of(.raised(LiveWorld.message(1, channels: .emailOnly)), at: 1) == nil)
        var world = LiveWorld()
        world.append(
            .raised(
                LiveWorld.message(1, channels: Channels(inApp: true, email: false, live: false))))
        world.append(
            .read(MessageRead(notificationID: LiveWorld.id(1), userID: ann, readAt: LiveWorld.time))
        )
        #expect(world.past(after: LiveCursor(0), shown: 2).frames.map(\.type) == [.hello])
        #expect(world.past(after: LiveCursor(1), shown: 2).frames.map(\.type) == [.hello, .read])
    }

    @Test func tooMuchIsNotToldOneByOne() {
        var world = LiveWorld()
        for number in 1...1_001 { world.append(.raised(LiveWorld.message(number))) }
        let past = world.past(after: LiveCursor(0), shown: 1_001)
        #expect(past.frames.map(\.type) == [.hello, .reset])
        #expect(past.frames.last?.cursor == LiveCursor(1_001))
        #expect(world.past(after: LiveCursor(1), shown: 1_001).frames.count == 1_001)
        // A cursor of another log.
        let alien = world.past(after: LiveCursor(5_000), shown: 1_001)
        #expect(alien.frames.map(\.type) == [.hello, .reset])
    }

    @Test(arguments: ["", "-1", "1.0", "x", "12345678901234567890", " 1", "+1"])
    func cursorsHaveOneForm(text: String) {
        #expect(LiveCursor(text) == nil)
    }
}
