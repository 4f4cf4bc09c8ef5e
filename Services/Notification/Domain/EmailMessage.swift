internal import EventTypes

/// One e-mail on its way. At most one attempt is ever under way, and none follows one of which
/// nobody can say how it ended; so a message leaves at most once, unless a person who knows that
/// has it sent again.
enum EmailMessage: Decider {
    enum Phase: String, Codable, CaseIterable, Sendable {
        case requested, attempting, deferred, sent, failed, uncertain
    }

    struct State: Sendable, Equatable {
        var queued: EmailQueued?
        /// nil while there is no message.
        var phase: Phase?
        var attempts = 0
        var failures = 0
        var token: EventID?
        /// From when on it is worth sending for as long as its kind is.
        var wantedAt: Timestamp?
    }

    enum Command: Sendable {
        /// A repeat does nothing.
        case queue(EmailQueued)
        /// Claims the message for one attempt.
        case attempt(token: EventID, at: Timestamp)
        /// - Parameter due: when to try again; nil where that is of no use any more.
        case settle(token: EventID, DeliveryOutcome, due: Timestamp?, at: Timestamp)
        /// Puts it off, or gives it up, before there is an attempt.
        case putOff(DeliveryReason, due: Timestamp?, at: Timestamp)
        case resume(at: Timestamp)
        /// Whoever made the attempt is gone.
        case abandon(token: EventID, at: Timestamp)
        /// Another attempt, although one may have ended well.
        case sendAgain(by: UserID, reason: String, at: Timestamp)
    }

    enum Refusal: Error, Hashable {
        /// It is not, or no longer, waiting to be sent.
        case notWaiting
        /// It is not this attempt's any more.
        case notYours
        case unknown
        /// It is known whether it left.
        case certain(Phase)
        /// What it says is not true any more.
        case expired
    }

    static let category = "email"
    static let initial = State()

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [EmailEvent] {
        if case .queue(let fact) = command { return state.queued == nil ? [.queued(fact)] : [] }
        guard let message = state.queued else {
            if case .sendAgain = command { throw .unknown }
            throw .notWaiting
        }
        switch command {
        case .queue: return []
        case .attempt(let token, let time):
            guard state.phase == .requested else { throw .notWaiting }
            return [
                .attempted(
                    EmailAttempted(number: state.attempts + 1, token: token, attemptedAt: time))
            ]
        case .settle(let token, let outcome, let due, let time):
            return try settle(message, token, outcome, due, time, state)
        case .putOff(let reason, let due, let time):
            guard state.phase == .requested else { throw .notWaiting }
            return [postponed(message, number: 0, reason, nil, due, time)]
        case .resume(let time):
            return state.phase == .deferred ? [.resumed(EmailResumed(resumedAt: time))] : []
        case .abandon(let token, let time):
            guard state.phase == .attempting, state.token == token else { return [] }
            return [unsettled(message, state.attempts, .died, time)]
        case .sendAgain(let person, let reason, let time):
            return try sendAgain(message, person, reason, time, state)
        }
    }

    private static func sendAgain(
        _ message: EmailQueued, _ person: UserID, _ reason: String, _ time: Timestamp,
        _ state: State
    ) throws(Refusal) -> [EmailEvent] {
        guard state.phase == .uncertain else { throw .certain(state.phase ?? .requested) }
        let plan = RetryPlan(template: message.template)
        if plan == .code, plan.isExpired(at: time, requestedAt: message.requestedAt) {
            throw .expired
        }
        return [
            .sentAgain(EmailSentAgain(orderedBy: person, reason: reason, orderedAt: time))
        ]
    }

    private static func settle(
        _ message: EmailQueued, _ token: EventID, _ outcome: DeliveryOutcome, _ due: Timestamp?,
        _ time: Timestamp, _ state: State
    ) throws(Refusal) -> [EmailEvent] {
        guard state.token == token else { throw .notYours }
        switch (state.phase, outcome) {
        // Late but certain: better than not to know.
        case (.attempting, .accepted), (.uncertain, .accepted), (.requested, .accepted):
            return [
                .accepted(
                    EmailAccepted(
                        messageID: message.messageID, userID: message.userID,
                        template: message.template, number: state.attempts, acceptedAt: time))
            ]
        case (.attempting, .postponed(let reason, let code)):
            return [postponed(message, number: state.attempts, reason, code, due, time)]
        case (.attempting, .refused(let reason, let code)):
            return [givenUp(message, state.attempts, reason, code, time)]
        case (.attempting, .uncertain(let reason)):
            return [unsettled(message, state.attempts, reason, time)]
        default: return []
        }
    }

    private static func postponed(
        _ message: EmailQueued, number: Int, _ reason: DeliveryReason, _ code: Int?,
        _ due: Timestamp?, _ time: Timestamp
    ) -> EmailEvent {
        guard let due else { return givenUp(message, number, reason, code, time) }
        return .postponed(
            EmailDeferred(
                number: number, reason: reason.rawValue, replyCode: code, deferredAt: time,
                dueAt: due))
    }

    private static func givenUp(
        _ message: EmailQueued, _ number: Int, _ reason: DeliveryReason, _ code: Int?,
        _ time: Timestamp
    ) -> EmailEvent {
        .givenUp(
            EmailGivenUp(
                messageID: message.messageID, userID: message.userID, template: message.template,
                number: number, reason: reason.rawValue, replyCode: code, givenUpAt: time))
    }

    private static func unsettled(
        _ message: EmailQueued, _ number: Int, _ reason: DeliveryReason, _ time: Timestamp
    ) -> EmailEvent {
        .unsettled(
            EmailUnsettled(
                messageID: message.messageID, userID: message.userID, template: message.template,
                number: number, reason: reason.rawValue, unsettledAt: time))
    }

    static func evolve(_ state: inout State, _ event: EmailEvent) {
        switch event {
        case .queued(let fact):
            state.queued = fact
            state.phase = .requested
            state.wantedAt = fact.requestedAt
        case .attempted(let fact):
            state.phase = .attempting
            state.attempts = fact.number
            state.token = fact.token
        case .accepted: state.phase = .sent
        case .postponed:
            state.phase = .deferred
            state.failures += 1
        case .resumed: state.phase = .requested
        case .givenUp: state.phase = .failed
        case .unsettled: state.phase = .uncertain
        case .sentAgain(let fact):
            state.phase = .requested
            state.failures = 0
            // A code is not good for longer than it was made for.
            if let message = state.queued, RetryPlan(template: message.template) != .code {
                state.wantedAt = fact.orderedAt
            }
        }
    }
}
