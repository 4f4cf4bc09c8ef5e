internal import Crypto
internal import EventTypes
internal import JSON
internal import Runtime

/// Seals and opens what is personal about one person, with the person's own key.
struct PersonSealing: Sendable {
    let userID: UserID
    let key: SubjectKey
    let random: any RandomSource

    /// The address as the event that registers the person has it.
    func sealed(_ email: EmailAddress) throws(SealError) -> SealedText {
        try seal(email.text, Self.place("email", of: userID, version: 1))
    }

    /// A password's hash as event number `version` of the person has it.
    func sealed(passwordHash: String, version: Int64) throws(SealError) -> SealedText {
        try seal(passwordHash, Self.place("password_hash", of: userID, version: version))
    }

    /// - Parameter email: of this person.
    func address(_ email: SealedText) throws(SealError) -> String {
        try Sealing.open(email, key: key, context: Self.place("email", of: userID, version: 1))
    }

    /// The hash of the password that counts now; nil for an account without one.
    func passwordHash(in state: Person.State) throws(SealError) -> String? {
        guard let sealed = state.passwordHash else { return nil }
        return try Sealing.open(
            sealed, key: key,
            context: Self.place("password_hash", of: userID, version: state.passwordVersion))
    }

    /// What a message to the person needs, as the queue carries it.
    func message(
        _ id: EventID, to address: String, values: [String: String]
    ) throws -> (recipient: SealedText, values: SealedText) {
        let stream = StreamID(category: "email", key: id)
        return (
            try seal(address, SealContext(stream: stream, version: 1, field: "recipient")),
            try seal(
                JSON.text(values), SealContext(stream: stream, version: 1, field: "values"))
        )
    }

    private func seal(_ text: String, _ context: SealContext) throws(SealError) -> SealedText {
        try Sealing.seal(text, for: userID, key: key, context: context, random: random)
    }

    private static func place(
        _ field: String, of userID: UserID, version: Int64
    ) -> SealContext {
        SealContext(stream: Person.stream(userID), version: version, field: field)
    }
}
