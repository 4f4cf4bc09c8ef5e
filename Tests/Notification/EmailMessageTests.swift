import EventTypes
import TestSupport
import Testing

@testable import NotificationService

@Suite struct EmailMessageTests {
    private let id: EventID = SequentialIdentifiers.identifier(1)
    private let ann: UserID = SequentialIdentifiers.identifier(2)
    private let mine: EventID = SequentialIdentifiers.identifier(3)
    private let other: EventID = SequentialIdentifiers.identifier(4)
    private let now = Timestamp(seconds: 1_767_225_600)
    private var later: Timestamp { now + .seconds(60) }

    private var message: EmailQueued {
        EmailQueued(
            messageID: id, userID: ann, template: "welcome", notificationID: nil, recipient: nil,
            values: nil, openValues: [:], requestedAt: now)
    }

    private func attempt(_ number: Int = 1) -> EmailEvent {
        .attempted(EmailAttempted(number: number, token: mine, attemptedAt: now))
    }

    private var lost: EmailEvent {
        .unsettled(
            EmailUnsettled(
                messageID: id, userID: ann, template: "welcome", number: 1,
                reason: "connection_lost_after_data", unsettledAt: now))
    }

    private var accepted: EmailEvent {
        .accepted(
            EmailAccepted(
                messageID: id, userID: ann, template: "welcome", number: 1, acceptedAt: now))
    }

    private func postponed(_ number: Int, _ reason: String, _ code: Int?) -> EmailEvent {
        .postponed(
            EmailDeferred(
                number: number, reason: reason, replyCode: code, deferredAt: now, dueAt: later))
    }

    @Test func itIsQueuedOnce() {
        given(EmailMessage.self).when(.queue(message)).then([.queued(message)])
            .when(.queue(message)).thenNothing()
    }

    @Test func oneAttemptAtATime() {
        given(EmailMessage.self, [.queued(message)])
            .when(.attempt(token: mine, at: now)).then([attempt()])
            .when(.attempt(token: other, at: now)).refuses(with: .notWaiting)
            .when(.settle(token: other, .accepted, due: nil, at: now)).refuses(with: .notYours)
            .when(.settle(token: mine, .accepted, due: nil, at: now)).then([accepted])
            .when(.settle(token: mine, .accepted, due: nil, at: now)).thenNothing()
            .when(.attempt(token: mine, at: now)).refuses(with: .notWaiting)
    }

    @Test func whatIsPutOffWaitsUntilItIsDue() {
        given(EmailMessage.self, [.queued(message), attempt()])
            .when(.settle(token: mine, .postponed(.busy, replyCode: 451), due: later, at: now))
            .then([postponed(1, "server_busy", 451)])
            .when(.attempt(token: mine, at: now)).refuses(with: .notWaiting)
            .when(.resume(at: later)).then([.resumed(EmailResumed(resumedAt: later))])
            .when(.resume(at: later)).thenNothing()
            .when(.attempt(token: mine, at: now)).then([attempt(2)])
    }

    @Test func whatCannotBeTriedInTimeFails() {
        given(EmailMessage.self, [.queued(message), attempt()])
            .when(.settle(token: mine, .postponed(.unreachable), due: nil, at: now))
            .then([
                .givenUp(
                    EmailGivenUp(
                        messageID: id, userID: ann, template: "welcome", number: 1,
                        reason: "server_unreachable", replyCode: nil, givenUpAt: now))
            ])
            .when(.attempt(token: mine, at: now)).refuses(with: .notWaiting)
    }

    @Test func whatMayHaveLeftIsOver() {
        let uncertain = given(EmailMessage.self, [.queued(message), attempt()])
            .when(.settle(token: mine, .uncertain(.lost), due: later, at: now)).then([lost])
        uncertain.when(.attempt(token: mine, at: now)).refuses(with: .notWaiting)
        uncertain.when(.resume(at: later)).thenNothing()
        uncertain.when(.settle(token: mine, .postponed(.busy), due: later, at: now)).thenNothing()
        uncertain.when(.settle(token: mine, .accepted, due: nil, at: now)).then([accepted])
    }

    @Test func anAttemptThatNobodyEndedIsUncertain() {
        let attempted = given(EmailMessage.self, [.queued(message), attempt()])
        attempted.when(.abandon(token: other, at: now)).thenNothing()
        attempted.when(.abandon(token: mine, at: now)).then([
            .unsettled(
                EmailUnsettled(
                    messageID: id, userID: ann, template: "welcome", number: 1,
                    reason: "process_ended", unsettledAt: now))
        ])
        given(EmailMessage.self, [.queued(message), attempt(), accepted])
            .when(.abandon(token: mine, at: now)).thenNothing()
    }

    @Test func aPersonMaySendAgainWhatNobodyKnowsTheOutcomeOf() {
        let order = EmailMessage.Command.sendAgain(by: ann, reason: "asked for it", at: later)
        let ordered = EmailEvent.sentAgain(
            EmailSentAgain(orderedBy: ann, reason: "asked for it", orderedAt: later))
        let uncertain = given(EmailMessage.self, [.queued(message), attempt(), lost])
        uncertain.when(order).then([ordered]).when(order).refuses(with: .certain(.requested))
        uncertain.when(order).then([ordered]).when(.attempt(token: other, at: later))
            .then([.attempted(EmailAttempted(number: 2, token: other, attemptedAt: later))])
        // The lost answer comes after all: there is nothing to send any more.
        uncertain.when(order).then([ordered]).when(
            .settle(token: mine, .accepted, due: nil, at: now)
        )
        .then([accepted]).when(.attempt(token: other, at: later)).refuses(with: .notWaiting)
        given(EmailMessage.self, [.queued(message), attempt(), accepted])
            .when(order).refuses(with: .certain(.sent))
        given(EmailMessage.self, [.queued(message), attempt()])
            .when(order).refuses(with: .certain(.attempting))
        given(EmailMessage.self).when(order).refuses(with: .unknown)
    }

    @Test func aCodeThatIsNotGoodAnyMoreIsNotSentAgain() {
        let code = EmailQueued(
            messageID: id, userID: ann, template: "email_verification", notificationID: nil,
            recipient: nil, values: nil, openValues: [:], requestedAt: now)
        func order(after minutes: Int) -> EmailMessage.Command {
            .sendAgain(by: ann, reason: "asked for it", at: now + .seconds(minutes * 60))
        }
        let uncertain = given(EmailMessage.self, [.queued(code), attempt(), lost])
        uncertain.when(order(after: 16)).refuses(with: .expired)
        uncertain.when(order(after: 14)).then([
            .sentAgain(
                EmailSentAgain(
                    orderedBy: ann, reason: "asked for it", orderedAt: now + .seconds(14 * 60)))
        ])
    }

    @Test func itCanBePutOffBeforeThereIsAnAttempt() {
        given(EmailMessage.self, [.queued(message)])
            .when(.putOff(.contactUnknown, due: later, at: now))
            .then([postponed(0, "contact_unknown", nil)])
            .when(.putOff(.contactUnknown, due: later, at: now)).refuses(with: .notWaiting)
    }

    @Test func pausesDoubleUpToALimitAndEndInTime() {
        let plan = RetryPlan(first: .seconds(2), longest: .seconds(60), lifetime: .seconds(100))
        func due(_ failures: Int, _ passed: Int = 0, stretch: Double = 0) -> Timestamp? {
            plan.due(
                afterFailures: failures, at: now + .seconds(passed), requestedAt: now,
                stretch: stretch)
        }
        #expect(due(0) == now + .seconds(2))
        #expect(due(3) == now + .seconds(16))
        #expect(due(3, stretch: 1) == now + .seconds(20))
        #expect(due(50) == now + .seconds(60))
        #expect(due(50, 50) == nil)
        #expect(!plan.isExpired(at: now + .seconds(100), requestedAt: now))
        #expect(plan.isExpired(at: now + .seconds(101), requestedAt: now))
        #expect(RetryPlan(template: "email_verification") == .code)
        #expect(RetryPlan(template: "order_paid") == .notice)
    }
}
