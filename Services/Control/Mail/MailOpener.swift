internal import Crypto
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit

/// Opens the seals of messages with the keys of the people they are for, which the user service
/// gives to the operator's hand. For development: in production nobody holds that key.
struct MailOpener: Sendable {
    private let keys: any SubjectKeys

    init(_ settings: PlatformSettings, http: HTTPClient, loop: EventLoop) throws {
        let secrets = Secrets(settings)
        let clock = SystemClock()
        let tokens = ServiceTokens(
            name: "control", key: try SigningKey(pem: secrets.read(secrets.serviceKey("control"))),
            clock: clock, ids: UUIDv7Generator())
        keys = RemoteSubjectKeys(
            neighbour: Neighbour(
                name: "user", url: settings.url(.user), http: http, tokens: tokens, loop: loop),
            clock: clock)
    }

    /// The message that a record requests; nil when it requests none.
    ///
    /// - Throws: `NeighbourError` when the user service cannot be asked.
    func open(_ event: ReceivedEvent) async throws -> OpenedMail? {
        guard let message = try? event.decode(EmailRequested.self) else { return nil }
        var recipient: String?
        var values = JSONValue.null
        if let key = try await keys.key(of: message.userID) {
            recipient = open(message.recipient, "recipient", message, key)
            values =
                open(message.values, "values", message, key).flatMap {
                    try? JSON.decode(JSONValue.self, from: $0)
                } ?? .null
        }
        return OpenedMail(
            messageID: message.messageID, requestedAt: event.time, userID: message.userID,
            template: message.template, recipient: recipient, values: values)
    }

    private func open(
        _ sealed: SealedText, _ field: String, _ message: EmailRequested, _ key: SubjectKey
    ) -> String? {
        let context = SealContext(
            stream: StreamID(category: "email", key: message.messageID), version: 1, field: field)
        return try? Sealing.open(sealed, key: key, context: context)
    }
}
