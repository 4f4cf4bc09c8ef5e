internal import Crypto
internal import EventStore
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// Makes the account that the environment names, so that there is somebody to give roles to others.
struct FirstAdministrator: Sendable {
    /// Why there is none; a sentence for the operator.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    let tools: UserTools
    let email: EmailAddress
    let password: String

    /// Makes the account unless the address has one: verified, administrator, known at level 3.
    ///
    /// - Returns: whether it was made now.
    func ensure() async throws -> Bool {
        let digest = tools.digests.digest(of: email)
        if try await tools.owner(of: digest) != nil { return false }
        do {
            try tools.rules.check(password, ownNames: [String(email.localPart)])
        } catch {
            throw Fault(description: "SOUK_ADMIN_PASSWORD is refused as a password: \(error).")
        }
        let userID: UserID = tools.context.ids.next()
        let key = tools.vault.generate()
        let person = tools.sealing(userID, key)
        let hash = try await tools.hasher.hash(Array(password.utf8))
        let now = tools.context.clock.now()
        let registered = PersonRegistered(
            userID: userID, email: try person.sealed(email), emailDigest: digest,
            passwordHash: try person.sealed(passwordHash: hash, version: 1), roles: [.customer],
            registeredAt: now)
        let keeping = try tools.vault.keeping(key, of: userID)
        let known = PersonKYCLevelChanged(
            level: Person.kycLevels.upperBound, changedBy: nil, reason: "first_administrator")
        do {
            try await tools.store.commit(CommandContext(correlationID: tools.context.ids.next())) {
                unit in
                unit.claim(UserTools.emailScope, digest, by: Person.stream(userID))
                unit.execute(keeping)
                try await unit.decide(Person.self, userID, .register(registered))
                try await unit.append(
                    Person.self, userID,
                    [.emailVerified(PersonEmailVerified(verifiedAt: now)), .kycLevelChanged(known)])
                try await unit.decide(
                    Person.self, userID, .changeRoles([.customer, .admin], by: nil))
            }
        } catch EventStoreError.claimTaken {
            return false
        }
        return true
    }
}
