internal import Crypto
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// Makes the codes that prove an address, and the messages that carry them.
struct VerificationCode {
    static let digits = 6
    static let lifetime: Duration = .seconds(15 * 60)

    let tools: UserTools

    /// A new code for a person, as it is recorded.
    func issue(to address: String, of person: PersonSealing) throws -> VerificationCodeIssued {
        let number = tools.context.random.uniform(below: 1_000_000)
        let digits = String(number)
        let code = String(repeating: "0", count: Self.digits - digits.count) + digits
        let messageID: EventID = tools.context.ids.next()
        let message = try person.message(messageID, to: address, values: ["code": code])
        return VerificationCodeIssued(
            messageID: messageID, codeDigest: tools.digests.digest(of: code, in: messageID),
            expiresAt: tools.context.clock.now() + Self.lifetime, recipient: message.recipient,
            values: message.values)
    }

    /// Whether a code that somebody entered is the one that was sent last.
    func matches(_ code: String, _ state: Person.State) -> Bool {
        guard let pending = state.pendingCode else { return false }
        let entered = tools.digests.digest(of: code, in: pending.messageID)
        return constantTimeEqual(Array(entered.utf8), Array(pending.digest.utf8))
    }
}
