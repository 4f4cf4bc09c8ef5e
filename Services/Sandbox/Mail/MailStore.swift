internal import EventTypes
internal import Runtime
internal import Synchronization

/// A message as it came in.
struct CaughtMail: Sendable {
    let id: String
    let envelope: MailEnvelope
    let receivedAt: Timestamp
    /// With CR LF at the end of each line and without doubled dots.
    let text: [UInt8]
}

/// The newest messages, in memory and, where there is a folder, on disk.
final class MailStore: Sendable {
    /// The most messages kept.
    static let mostMails = 1_000

    private struct State {
        var mails: [CaughtMail] = []
        var bytes = 0
    }

    private enum MailTag {}

    private let state = Mutex(State())
    private let clock: any WallClock
    private let ids: any IdentifierGenerator
    private let mostBytes: Int
    private let folder: MailFolder?

    /// - Parameters:
    ///   - mostBytes: of all messages together.
    ///   - folder: where the messages of earlier runs are, and those of this one go.
    init(
        clock: any WallClock, ids: any IdentifierGenerator, mostBytes: Int = 64 << 20,
        folder: MailFolder? = nil
    ) {
        self.clock = clock
        self.ids = ids
        self.mostBytes = mostBytes
        self.folder = folder
        for mail in folder?.load() ?? [] { state.withLock { add(mail, to: &$0) } }
    }

    /// Keeps a message, and gives up the oldest ones that there is no room for.
    ///
    /// - Returns: its name; later ones sort after earlier ones.
    /// - Throws: `FactFileError` when the folder cannot take it; then it is not kept at all.
    func add(_ envelope: MailEnvelope, _ text: [UInt8]) throws -> String {
        try state.withLock { state in
            let mail = CaughtMail(
                id: ids.next(MailTag.self).description, envelope: envelope,
                receivedAt: clock.now(), text: text)
            try folder?.keep(mail)
            add(mail, to: &state)
            return mail.id
        }
    }

    private func add(_ mail: CaughtMail, to state: inout State) {
        state.mails.append(mail)
        state.bytes += mail.text.count
        var spare = 0
        while state.mails.count - spare > Self.mostMails
            || state.bytes > mostBytes && state.mails.count - spare > 1
        {
            state.bytes -= state.mails[spare].text.count
            folder?.remove(state.mails[spare].id)
            spare += 1
        }
        state.mails.removeFirst(spare)
    }

    /// Messages to `recipient` (to anybody, where it is nil), oldest first: the first ones after
    /// the one named, or the last ones of all.
    func list(to recipient: String?, after id: String?, limit: Int) -> [CaughtMail] {
        let wanted = recipient?.lowercased()
        let mails = state.withLock { $0.mails }
        let matching = mails.lazy.filter { mail in
            id.map { mail.id > $0 } ?? true
                && wanted.map { mail.envelope.recipients.map { $0.lowercased() }.contains($0) }
                    ?? true
        }
        return id == nil ? Array(Array(matching).suffix(limit)) : Array(matching.prefix(limit))
    }

    /// The message of that name, unless it was given up.
    func mail(_ id: String) -> CaughtMail? {
        state.withLock { $0.mails.first { $0.id == id } }
    }

    /// How many messages there are.
    var count: Int { state.withLock { $0.mails.count } }

    /// Forgets all messages.
    func removeAll() {
        state.withLock { state in
            for mail in state.mails { folder?.remove(mail.id) }
            state = State()
        }
    }
}
