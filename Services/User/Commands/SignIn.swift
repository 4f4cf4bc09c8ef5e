internal import Crypto
internal import EventStore
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// Opening, keeping and ending sessions.
struct SignIn: Sendable {
    /// Why there is no session.
    enum Refusal: Error {
        /// No such account, another password, or an address that was never verified: nobody learns
        /// which.
        case wrongCredentials
        /// The refresh token is none, or its session is over.
        case tokenRefused
    }

    /// What a client signs in with from then on.
    struct Tokens: Sendable {
        let access: String
        let refresh: String
        let lifetime: Duration
    }

    /// The most sessions that one unit of work ends.
    static let batch = 500

    let tools: UserTools

    func signIn(
        _ email: EmailAddress, password: String, _ context: CommandContext
    ) async throws -> Tokens {
        let digest = tools.digests.digest(of: email)
        let account = try await account(digest)
        let isRight = await tools.hasher.verify(
            Array(password.utf8), against: account?.hash ?? tools.hasher.decoy)
        guard isRight, let account, account.isActive else { throw Refusal.wrongCredentials }
        try await tools.throttle.forgive(account: digest)
        let now = tools.context.clock.now()
        let opened = SessionOpened(
            sessionID: tools.context.ids.next(), userID: account.userID, openedAt: now,
            expiresAt: now + Session.lifetime)
        let actor = Caller.person(identity(account.userID, [], opened.sessionID)).actor
        var context = context
        context.metadata.actor = actor
        let roles = try await tools.store.commit(context) { unit in
            let person = try await unit.load(Person.self, account.userID)
            guard person.isActive else { throw Refusal.wrongCredentials }
            try await unit.decide(Session.self, opened.sessionID, .open(opened))
            return Array(person.roles)
        }.result
        return try await tokens(
            identity(account.userID, Set(roles), opened.sessionID), generation: 0)
    }

    /// Exchanges a refresh token for the next. A token that was replaced before ends its session.
    func refresh(_ token: String, _ context: CommandContext) async throws -> Tokens {
        guard let (sessionID, generation) = tools.refreshTokens.read(token) else {
            throw Refusal.tokenRefused
        }
        let now = tools.context.clock.now()
        let outcome: Refreshed
        do {
            outcome = try await tools.store.commit(context) { unit in
                let events = try await unit.decide(
                    Session.self, sessionID, .refresh(generation: generation, at: now))
                let session = try await unit.load(Session.self, sessionID)
                guard let userID = session.userID else { throw Refusal.tokenRefused }
                let person = try await unit.load(Person.self, userID)
                guard person.isActive else { throw Refusal.tokenRefused }
                return Refreshed(
                    userID: userID, roles: Array(person.roles), generation: session.generation,
                    isReused: events.count > 1)
            }.result
        } catch is Session.Refusal {
            throw Refusal.tokenRefused
        }
        if outcome.isReused {
            tools.context.logger.warning(
                "a refresh token was used again; its session is ended",
                ["user_id": outcome.userID.description, "session_id": sessionID.description])
            throw Refusal.tokenRefused
        }
        return try await tokens(
            identity(outcome.userID, Set(outcome.roles), sessionID),
            generation: outcome.generation)
    }

    /// Ends the session of a refresh token; nothing happens for a text that is none.
    func signOut(_ token: String, _ context: CommandContext) async throws {
        guard let (sessionID, _) = tools.refreshTokens.read(token) else { return }
        let now = tools.context.clock.now()
        try await tools.store.commit(context) { unit in
            try await unit.decide(Session.self, sessionID, .end(.signedOut, at: now))
        }
    }

    /// Ends every session of a person.
    func signOutEverywhere(_ userID: UserID, _ context: CommandContext) async throws {
        let sessions = try await OpenSessions(tools: tools).of(userID)
        let now = tools.context.clock.now()
        for start in stride(from: 0, to: sessions.count, by: Self.batch) {
            let some = sessions[start..<min(start + Self.batch, sessions.count)]
            try await tools.store.commit(context) { unit in
                for session in some {
                    try await unit.decide(
                        Session.self, session, .end(.signedOutEverywhere, at: now))
                }
            }
        }
    }

    private struct Refreshed: Codable, Sendable {
        let userID: UserID
        let roles: [Role]
        let generation: Int
        let isReused: Bool
    }

    private struct Account {
        let userID: UserID
        let hash: String
        let isActive: Bool
    }

    private func account(_ digest: String) async throws -> Account? {
        guard let owner = try await tools.owner(of: digest),
            let person = try await tools.sealing(of: owner)
        else { return nil }
        let state = try await tools.store.load(Person.self, owner).state
        guard let hash = try person.passwordHash(in: state) else { return nil }
        return Account(userID: owner, hash: hash, isActive: state.isActive)
    }

    private func identity(
        _ userID: UserID, _ roles: Set<Role>, _ session: SessionID
    ) -> Identity {
        Identity(userID: userID, roles: roles, sessionID: session, emailVerified: true)
    }

    private func tokens(_ identity: Identity, generation: Int) async throws -> Tokens {
        let claims = AccessClaims(
            identity, issuer: tools.issuer, issuedAt: tools.context.clock.now(),
            lifetime: tools.tokenLifetime,
            tokenID: RandomToken.make(bytes: 16, random: tools.context.random))
        return Tokens(
            access: try await tools.signingKeys.signer().sign(claims),
            refresh: tools.refreshTokens.token(identity.sessionID, generation: generation),
            lifetime: tools.tokenLifetime)
    }
}
