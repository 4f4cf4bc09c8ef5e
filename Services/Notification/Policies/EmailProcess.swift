internal import Crypto
internal import EventStore
internal import EventTypes
internal import JSON
internal import Runtime
internal import ServiceKit

/// Sends one message. The attempt is in the log before the first byte leaves, so whatever happens
/// to the program, no message leaves twice.
struct EmailProcess: Sendable {
    static let retryTimer = "email_retry"
    static let checkTimer = "email_check"
    /// Between two tries to write down what became of an attempt.
    private static let pause: Duration = .milliseconds(200)

    let store: any EventStore
    let letters: EmailComposer
    let clock: any WallClock
    let ids: any IdentifierGenerator
    let random: any RandomSource
    let loop: EventLoop
    let logger: Logger
    let meters: EmailMeters
    /// After which an attempt without an outcome is nobody's any more.
    let patience: Duration

    /// Makes the attempt that is due, if one is.
    ///
    /// - Parameter deliver: hands the message to the mail server.
    /// - Throws: faults of the store and the database; nothing was sent then.
    func send(
        _ id: EventID, by deliver: @Sendable (Envelope) async -> DeliveryOutcome
    ) async throws {
        let state = try await store.load(EmailMessage.self, id).state
        guard state.phase == .requested, let message = state.queued else { return }
        let now = clock.now()
        if RetryPlan(template: message.template)
            .isExpired(at: now, requestedAt: state.wantedAt ?? message.requestedAt)
        {
            return try await putOff(message, .expired, state)
        }
        switch await letters.compose(message, at: now) {
        case .impossible(let reason): try await putOff(message, reason, state)
        case .notNow(let reason):
            try await putOff(message, reason, state, due: due(message, state, now))
        case .ready(let text):
            let token: EventID = ids.next()
            guard try await begin(message, token, now) else { return }
            meters.underWay.add(1)
            let outcome = await deliver(text.envelope)
            meters.underWay.add(-1)
            await settle(message, token, outcome, state)
        }
    }

    private func due(
        _ message: EmailQueued, _ state: EmailMessage.State, _ now: Timestamp
    ) -> Timestamp? {
        RetryPlan(template: message.template).due(
            afterFailures: state.failures, at: now,
            requestedAt: state.wantedAt ?? message.requestedAt,
            stretch: Double(random.word() >> 11) / Double(1 << 53))
    }

    private func context(_ message: EmailQueued) -> CommandContext {
        CommandContext(correlationID: CorrelationID(message.messageID), actor: "mailer")
    }

    // MARK: Before

    private func putOff(
        _ message: EmailQueued, _ reason: DeliveryReason, _ state: EmailMessage.State,
        due: Timestamp? = nil
    ) async throws {
        let now = clock.now()
        do {
            try await store.commit(context(message)) { unit in
                try await unit.decide(
                    EmailMessage.self, message.messageID, .putOff(reason, due: due, at: now))
                if let due { unit.schedule(retry(message.messageID, due)) }
            }
            meters.count(due == nil ? "failed" : "deferred")
        } catch is EmailMessage.Refusal {
            return
        }
    }

    /// Claims the message.
    ///
    /// - Returns: whether the attempt is ours and durable.
    private func begin(
        _ message: EmailQueued, _ token: EventID, _ now: Timestamp
    ) async throws -> Bool {
        let check = TimerRequest(
            kind: Self.checkTimer, key: "\(message.messageID)", due: now + patience,
            payload: try JSON.encode(token))
        do {
            return try await store.commit(context(message)) { unit in
                if try await unit.load(Recipient.self, message.userID).isErased {
                    try await unit.decide(
                        EmailMessage.self, message.messageID,
                        .putOff(.recipientErased, due: nil, at: now))
                    return false
                }
                try await unit.decide(
                    EmailMessage.self, message.messageID, .attempt(token: token, at: now))
                unit.schedule(check)
                return true
            }.result
        } catch is EmailMessage.Refusal {
            // Another process was faster.
            return false
        } catch EventStoreError.outcomeUnknown {
            let state = try await store.load(EmailMessage.self, message.messageID).state
            return state.phase == .attempting && state.token == token
        }
    }

    // MARK: After

    /// Writes down what became of an attempt, for as long as it takes.
    private func settle(
        _ message: EmailQueued, _ token: EventID, _ outcome: DeliveryOutcome,
        _ state: EmailMessage.State
    ) async {
        let now = clock.now()
        let id = message.messageID
        let due = due(message, state, now)
        while true {
            do {
                try await store.commit(context(message)) { unit in
                    try await unit.decide(
                        EmailMessage.self, id, .settle(token: token, outcome, due: due, at: now))
                    unit.cancelTimer(Self.checkTimer, "\(id)")
                    if case .postponed = outcome, let due { unit.schedule(retry(id, due)) }
                }
                return note(message, outcome, due, now)
            } catch is EmailMessage.Refusal {
                return
            } catch EventStoreError.closed {
                return
            } catch {
                logger.warning(
                    "what became of a message could not be written down yet",
                    ["message": id, "error": "\(error)"])
                guard (try? await loop.sleep(for: Self.pause)) != nil else { return }
            }
        }
    }

    private func note(
        _ message: EmailQueued, _ outcome: DeliveryOutcome, _ due: Timestamp?, _ now: Timestamp
    ) {
        switch outcome {
        case .accepted:
            meters.count("sent")
            meters.delay.observe(now.since(message.requestedAt))
        case .postponed(let reason, let code):
            meters.count(due == nil ? "failed" : "deferred")
            warn("a message could not be handed over", message, reason, code)
        case .refused(let reason, let code):
            meters.count("failed")
            warn("the mail server refused a message", message, reason, code)
        case .uncertain(let reason):
            meters.count("uncertain")
            warn("nobody can say whether a message left", message, reason, nil)
        }
    }

    private func warn(
        _ sentence: String, _ message: EmailQueued, _ reason: DeliveryReason, _ code: Int?
    ) {
        logger.warning(
            sentence,
            ["message": message.messageID, "reason": reason.rawValue, "reply": code ?? 0])
    }

    // MARK: Timers

    private func retry(_ id: EventID, _ due: Timestamp) -> TimerRequest {
        TimerRequest(kind: Self.retryTimer, key: "\(id)", due: due)
    }

    var timers: [TimerHandler] {
        [
            TimerHandler(kind: Self.retryTimer) { timer, unit in
                guard let id = EventID(timer.key) else { return }
                try await unit.decide(EmailMessage.self, id, .resume(at: timer.now))
            },
            TimerHandler(kind: Self.checkTimer) { timer, unit in
                guard let id = EventID(timer.key) else { return }
                let token = try JSON.decode(EventID.self, from: timer.payload)
                let events = try await unit.decide(
                    EmailMessage.self, id, .abandon(token: token, at: timer.now))
                if !events.isEmpty { meters.count("uncertain") }
            },
        ]
    }
}
