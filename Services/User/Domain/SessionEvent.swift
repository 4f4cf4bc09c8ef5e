internal import EventTypes

/// What happened to one session, stream `session-<id>`: the family of refresh tokens that began
/// with one sign-in.
enum SessionEvent: DomainEvent {
    case opened(SessionOpened)
    case refreshed(SessionRefreshed)
    case reuseDetected(SessionReuseDetected)
    case ended(SessionEnded)

    static let forms: [EventForm<Self>] = [
        .form(Self.opened), .form(Self.refreshed), .form(Self.reuseDetected), .form(Self.ended),
    ]

    var payload: any EventPayload {
        switch self {
        case .opened(let fact): fact
        case .refreshed(let fact): fact
        case .reuseDetected(let fact): fact
        case .ended(let fact): fact
        }
    }
}

struct SessionOpened: EventPayload {
    static let eventType = EventType("user.session_opened")
    let sessionID: SessionID
    let userID: UserID
    let openedAt: Timestamp
    let expiresAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case sessionID = "session_id"
        case userID = "user_id"
        case openedAt = "opened_at"
        case expiresAt = "expires_at"
    }
}

/// The refresh token of `generation` took the place of the one before.
struct SessionRefreshed: EventPayload {
    static let eventType = EventType("user.session_refreshed")
    let generation: Int
    let refreshedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case generation
        case refreshedAt = "refreshed_at"
    }
}

/// A token that had been replaced was used again: it is in two hands.
struct SessionReuseDetected: EventPayload {
    static let eventType = EventType("user.refresh_token_reuse_detected")
    let generation: Int
    let detectedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case generation
        case detectedAt = "detected_at"
    }
}

struct SessionEnded: EventPayload {
    static let eventType = EventType("user.session_ended")
    let reason: Reason
    let endedAt: Timestamp

    enum Reason: String, Codable, CaseIterable, Sendable {
        case signedOut = "signed_out"
        case signedOutEverywhere = "signed_out_everywhere"
        case tokenReused = "token_reused"
        case accountErased = "account_erased"
        case rolesChanged = "roles_changed"
    }

    enum CodingKeys: String, CodingKey {
        case reason
        case endedAt = "ended_at"
    }
}
