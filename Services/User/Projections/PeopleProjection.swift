internal import Database
internal import EventStore
internal import EventTypes

/// Everybody who has an account, for listings, and the sessions that are open. A person who is
/// erased leaves no row. Addresses stay sealed.
struct PeopleProjection: Projection {
    static let readModel = "people"

    let name = readModel
    let tables = ["people", "open_sessions"]
    let definition = """
        CREATE TABLE people (
            user_id uuid PRIMARY KEY,
            email_box text NOT NULL,
            email_verified boolean NOT NULL,
            roles text NOT NULL,
            kyc_level bigint NOT NULL,
            registered_at timestamptz NOT NULL
        );
        CREATE TABLE open_sessions (
            session_id uuid PRIMARY KEY,
            user_id uuid NOT NULL,
            expires_at timestamptz NOT NULL
        );
        """
    let indexes = "CREATE INDEX open_sessions_user ON open_sessions (user_id);"
    let isPartitionable = true

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        var people = PeopleBatch()
        var sessions = SessionsBatch()
        for event in events {
            switch String(event.stream.category) {
            case Person.category:
                guard let userID = UserID(String(event.stream.key)) else { continue }
                people.fold(try event.decode(PersonEvent.self), of: userID)
            case Session.category:
                guard let session = SessionID(String(event.stream.key)) else { continue }
                sessions.fold(try event.decode(SessionEvent.self), of: session)
            default: continue
            }
        }
        _ = try await connection.pipeline(people.statements + sessions.statements)
    }
}

/// What a batch of events comes to for the table of people.
private struct PeopleBatch {
    private struct Row {
        let email: String
        let registeredAt: Timestamp
    }

    private struct Change {
        var row: Row?
        var isVerified: Bool?
        var roles: String?
        var level: Int?
    }

    private var changes: [UserID: Change] = [:]
    private var erased: Set<UserID> = []

    mutating func fold(_ event: PersonEvent, of userID: UserID) {
        switch event {
        case .registered(let fact):
            changes[userID, default: Change()].row = Row(
                email: fact.email.box, registeredAt: fact.registeredAt)
            changes[userID]?.isVerified = false
            changes[userID]?.roles = Self.text(fact.roles)
            changes[userID]?.level = 0
        case .emailVerified: changes[userID, default: Change()].isVerified = true
        case .rolesChanged(let fact):
            changes[userID, default: Change()].roles = Self.text(fact.roles)
        case .kycLevelChanged(let fact): changes[userID, default: Change()].level = fact.level
        case .erased:
            changes[userID] = nil
            erased.insert(userID)
        case .registrationRenewed, .registrationRepeated, .verificationCodeIssued,
            .verificationAttemptFailed:
            break
        }
    }

    var statements: [SQL] {
        let all = changes.sorted { $0.key < $1.key }
        let new = all.filter { $0.value.row != nil }
        let known = all.filter { $0.value.row == nil }
        var statements: [SQL] = []
        if !new.isEmpty {
            statements.append(
                """
                INSERT INTO people
                    (user_id, email_box, email_verified, roles, kyc_level, registered_at)
                SELECT * FROM unnest(
                    \(new.map(\.key)), \(new.map { $0.value.row?.email ?? "" }),
                    \(new.map { $0.value.isVerified ?? false }),
                    \(new.map { $0.value.roles ?? "" }), \(new.map { $0.value.level ?? 0 }),
                    \(new.compactMap { $0.value.row?.registeredAt }))
                """)
        }
        if !known.isEmpty {
            statements.append(
                """
                UPDATE people p SET email_verified = coalesce(c.verified, p.email_verified),
                    roles = coalesce(c.roles, p.roles), kyc_level = coalesce(c.level, p.kyc_level)
                FROM unnest(
                    \(known.map(\.key)), \(known.map(\.value.isVerified)),
                    \(known.map(\.value.roles)), \(known.map(\.value.level))
                ) AS c (user_id, verified, roles, level)
                WHERE p.user_id = c.user_id
                """)
        }
        if !erased.isEmpty {
            statements.append("DELETE FROM people WHERE user_id = ANY(\(erased.sorted()))")
        }
        return statements
    }

    private static func text(_ roles: [Role]) -> String {
        roles.map(\.rawValue).sorted().joined(separator: ",")
    }
}

/// What a batch of events comes to for the table of open sessions.
private struct SessionsBatch {
    private var opened: [SessionID: SessionOpened] = [:]
    private var ended: Set<SessionID> = []

    mutating func fold(_ event: SessionEvent, of session: SessionID) {
        switch event {
        case .opened(let fact): opened[session] = fact
        case .ended:
            opened[session] = nil
            ended.insert(session)
        case .refreshed, .reuseDetected: break
        }
    }

    var statements: [SQL] {
        var statements: [SQL] = []
        let new = opened.values.sorted { $0.sessionID < $1.sessionID }
        if !new.isEmpty {
            statements.append(
                """
                INSERT INTO open_sessions (session_id, user_id, expires_at)
                SELECT * FROM unnest(
                    \(new.map(\.sessionID)), \(new.map(\.userID)), \(new.map(\.expiresAt)))
                """)
        }
        if !ended.isEmpty {
            statements.append(
                "DELETE FROM open_sessions WHERE session_id = ANY(\(ended.sorted()))")
        }
        return statements
    }
}
