internal import Crypto
internal import EventStore
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// Opening an account and proving that its address is one's own.
///
/// Nothing here tells whether there is an account: what differs is only in the messages.
struct Registration: Sendable {
    /// How often an address may change hands while it is being registered.
    private static let attempts = 4

    let tools: UserTools

    private var codes: VerificationCode { VerificationCode(tools: tools) }

    /// Opens an account, or, where the address has one, tells its owner.
    func register(
        _ email: EmailAddress, password: String, _ context: CommandContext
    ) async throws {
        let hash = try await tools.hasher.hash(Array(password.utf8))
        let digest = tools.digests.digest(of: email)
        for attempt in 1...Self.attempts {
            do {
                if let owner = try await tools.owner(of: digest) {
                    try await again(owner, email, hash, context)
                } else {
                    try await open(email, digest, hash, context)
                }
                return
            } catch EventStoreError.claimTaken where attempt < Self.attempts {
                continue
            } catch Person.Refusal.erased where attempt < Self.attempts {
                continue
            }
        }
    }

    /// Sends a new code to an address that waits to be verified.
    func sendCode(to email: EmailAddress, _ context: CommandContext) async throws {
        guard let owner = try await tools.owner(of: tools.digests.digest(of: email)),
            let person = try await tools.sealing(of: owner)
        else { return }
        let code = try codes.issue(to: email.text, of: person)
        do {
            try await tools.store.commit(context) { unit in
                try await unit.decide(Person.self, owner, .issueCode(code))
            }
        } catch is Person.Refusal {
            return
        }
    }

    /// Whether the code proves the address; a wrong one counts against the code.
    func verify(
        _ email: EmailAddress, code: String, _ context: CommandContext
    ) async throws -> Bool {
        guard let owner = try await tools.owner(of: tools.digests.digest(of: email)) else {
            return false
        }
        let now = tools.context.clock.now()
        do {
            return try await tools.store.commit(context) { unit in
                let state = try await unit.load(Person.self, owner)
                let matches = codes.matches(code, state)
                try await unit.decide(Person.self, owner, .verifyEmail(matches: matches, at: now))
                return matches
            }.result
        } catch is Person.Refusal {
            return false
        }
    }

    private func open(
        _ email: EmailAddress, _ digest: String, _ hash: String, _ context: CommandContext
    ) async throws {
        let userID: UserID = tools.context.ids.next()
        let key = tools.vault.generate()
        let person = tools.sealing(userID, key)
        let fact = PersonRegistered(
            userID: userID, email: try person.sealed(email), emailDigest: digest,
            passwordHash: try person.sealed(passwordHash: hash, version: 1), roles: [.customer],
            registeredAt: tools.context.clock.now())
        let code = try codes.issue(to: email.text, of: person)
        let keeping = try tools.vault.keeping(key, of: userID)
        try await tools.store.commit(context) { unit in
            unit.claim(UserTools.emailScope, digest, by: Person.stream(userID))
            unit.execute(keeping)
            try await unit.decide(Person.self, userID, .register(fact))
            try await unit.decide(Person.self, userID, .issueCode(code))
        }
    }

    private func again(
        _ owner: UserID, _ email: EmailAddress, _ hash: String, _ context: CommandContext
    ) async throws {
        guard let person = try await tools.sealing(of: owner) else { throw Person.Refusal.erased }
        let code = try codes.issue(to: email.text, of: person)
        let messageID: EventID = tools.context.ids.next()
        let message = try person.message(messageID, to: email.text, values: [:])
        let notice = RegistrationRepeated(
            messageID: messageID, recipient: message.recipient, values: message.values)
        try await tools.store.commit(context) { unit in
            let state = try await unit.load(Person.self, owner)
            let renewal = RegistrationRenewed(
                passwordHash: try person.sealed(passwordHash: hash, version: state.version + 1))
            try await unit.decide(Person.self, owner, .registerAgain(renewal, code, notice))
        }
    }
}
