internal import EventStore
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// What staff change about people, and what people end themselves.
struct Administration: Sendable {
    let tools: UserTools

    /// Gives a person these roles, and that of a customer, which everybody has. Their sessions end,
    /// so that no token says what is not true any more for long.
    func change(
        roles: Set<Role>, of userID: UserID, by administrator: UserID, _ context: CommandContext
    ) async throws -> Committed<NoResult> {
        let sessions = try await OpenSessions(tools: tools).of(userID).prefix(SignIn.batch)
        let now = tools.context.clock.now()
        return try await tools.store.commit(context) { unit in
            let events = try await unit.decide(
                Person.self, userID,
                .changeRoles(roles.union([.customer]), by: administrator))
            if events.isEmpty { return NoResult() }
            for session in sessions {
                try await unit.decide(Session.self, session, .end(.rolesChanged, at: now))
            }
            return NoResult()
        }
    }

    func change(
        kycLevel level: Int, of userID: UserID, by reviewer: UserID, reason: String,
        _ context: CommandContext
    ) async throws -> Committed<NoResult> {
        try await tools.store.commit(context) { unit in
            try await unit.decide(
                Person.self, userID, .changeKYCLevel(level, by: reviewer, reason: reason))
            return NoResult()
        }
    }

    /// Erases a person: destroys their key, frees their address, ends their sessions, all at once.
    /// What the log has about them can never be read again, whoever folds it anew.
    func erase(_ userID: UserID, _ context: CommandContext) async throws -> Committed<NoResult> {
        let sessions = try await OpenSessions(tools: tools).of(userID).prefix(SignIn.batch)
        let now = tools.context.clock.now()
        let destroying = tools.vault.destroying(keyOf: userID)
        return try await tools.store.commit(context) { unit in
            let state = try await unit.load(Person.self, userID)
            try await unit.decide(Person.self, userID, .erase(at: now))
            if let digest = state.emailDigest {
                unit.release(UserTools.emailScope, digest, by: Person.stream(userID))
            }
            unit.execute(destroying)
            for session in sessions {
                try await unit.decide(Session.self, session, .end(.accountErased, at: now))
            }
            return NoResult()
        }
    }
}
