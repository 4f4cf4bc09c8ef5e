internal import Crypto
internal import EventStore
internal import EventTypes
internal import JSON
internal import ServiceKit

/// Opens what is sealed about a message and puts it in words.
struct EmailComposer: Sendable {
    enum Composition: Sendable {
        case ready(MailText)
        /// Something is missing that may come.
        case notNow(DeliveryReason)
        case impossible(DeliveryReason)
    }

    let store: any EventStore
    let keys: any SubjectKeys
    let templates: TemplateLibrary
    let from: Mailbox

    func compose(_ message: EmailQueued, at now: Timestamp) async -> Composition {
        do {
            let recipient = try await store.load(Recipient.self, message.userID).state
            if recipient.isErased { return .impossible(.recipientErased) }
            guard let key = try await keys.key(of: message.userID) else {
                return .impossible(.recipientErased)
            }
            return try compose(message, recipient, key, now)
        } catch let error as SealError {
            _ = error
            return .impossible(.unreadable)
        } catch {
            return .notNow(.keysUnavailable)
        }
    }

    private func compose(
        _ message: EmailQueued, _ recipient: Recipient.State, _ key: SubjectKey, _ now: Timestamp
    ) throws(SealError) -> Composition {
        let text: String
        if let sealed = message.recipient {
            text = try Sealing.open(
                sealed, key: key, context: SealPlaces.part("recipient", of: message.messageID))
        } else if let sealed = recipient.address {
            text = try Sealing.open(
                sealed, key: key, context: SealPlaces.address(of: message.userID))
        } else {
            return .notNow(.contactUnknown)
        }
        guard let address = MailAddress(text) else { return .impossible(.addressMalformed) }
        guard let values = try values(of: message, key) else { return .impossible(.unreadable) }
        do throws(TemplateFault) {
            guard let letter = try templates.letter(message.template, values) else {
                return .impossible(.unknownTemplate)
            }
            return .ready(
                MailText(
                    messageID: message.messageID, from: from, to: address, date: now,
                    letter: letter))
        } catch {
            return .impossible(.valueMissing)
        }
    }

    private func values(
        of message: EmailQueued, _ key: SubjectKey
    ) throws(SealError) -> [String: String]? {
        guard let sealed = message.values else { return message.openValues ?? [:] }
        let text = try Sealing.open(
            sealed, key: key, context: SealPlaces.part("values", of: message.messageID))
        return try? JSON.decode([String: String].self, from: Array(text.utf8))
    }
}
