internal import EventTypes

/// The rules of one session and its refresh tokens.
///
/// Tokens carry the session and a generation. The current generation is exchanged for the next; the
/// one just replaced still works for a short grace, and yields the same next token, so that a
/// client that refreshes twice at once keeps its session. Anything older is a stolen token: the
/// whole family ends (RFC 9700 §4.14.2).
enum Session: Decider {
    static let category = "session"
    static let initial = State()

    static let lifetime: Duration = .seconds(30 * 24 * 3_600)
    static let grace: Duration = .seconds(10)

    struct State: Sendable, Equatable {
        /// absent → open → ended
        enum Phase: Sendable, Equatable { case absent, open, ended }

        var phase = Phase.absent
        var userID: UserID?
        var generation = 0
        var refreshedAt: Timestamp?
        var expiresAt: Timestamp?
    }

    enum Command: Sendable {
        case open(SessionOpened)
        case refresh(generation: Int, at: Timestamp)
        case end(SessionEnded.Reason, at: Timestamp)
    }

    enum Refusal: Error, Equatable {
        case exists
        case notOpen
        case expired
    }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [SessionEvent] {
        switch command {
        case .open(let fact):
            guard state.phase == .absent else { throw .exists }
            return [.opened(fact)]
        case .refresh(let generation, let time):
            return try refresh(generation, time, state)
        case .end(let reason, let time):
            guard state.phase == .open else { return [] }
            return [.ended(SessionEnded(reason: reason, endedAt: time))]
        }
    }

    private static func refresh(
        _ generation: Int, _ time: Timestamp, _ state: State
    ) throws(Refusal) -> [SessionEvent] {
        guard state.phase == .open, let expiresAt = state.expiresAt else { throw .notOpen }
        guard time < expiresAt else { throw .expired }
        if generation == state.generation {
            return [
                .refreshed(SessionRefreshed(generation: generation + 1, refreshedAt: time))
            ]
        }
        if generation == state.generation - 1, let last = state.refreshedAt, time < last + grace {
            return []
        }
        return [
            .reuseDetected(SessionReuseDetected(generation: generation, detectedAt: time)),
            .ended(SessionEnded(reason: .tokenReused, endedAt: time)),
        ]
    }

    static func evolve(_ state: inout State, _ event: SessionEvent) {
        switch event {
        case .opened(let fact):
            state.phase = .open
            state.userID = fact.userID
            state.expiresAt = fact.expiresAt
        case .refreshed(let fact):
            state.generation = fact.generation
            state.refreshedAt = fact.refreshedAt
        case .reuseDetected:
            break
        case .ended:
            state.phase = .ended
        }
    }
}
