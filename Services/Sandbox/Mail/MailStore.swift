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

/// The newest messages, in memory.
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

    /// - Parameter mostBytes: of all messages together.
    init(clock: any WallClock, ids: any IdentifierGenerator, mostBytes: Int = 64 << 20) {
        self.clock = clock
        self.ids = ids
        self.mostBytes = mostBytes
    }

    /// Keeps a message, and gives up the oldest ones that there is no room for.
    ///
    /// - Returns: its name; later ones sort after earlier ones.
    func add(_ envelope: MailEnvelope, _ text: [UInt8]) -> String {
        state.withLock { state in
            let mail = CaughtMail(
                id: ids.next(MailTag.self).description, envelope: envelope,
                receivedAt: clock.now(), text: text)
            state.mails.append(mail)
            state.bytes += text.count
            var spare = 0
            while state.mails.count - spare > Self.mostMails
                || state.bytes > mostBytes && state.mails.count - spare > 1
            {
                state.bytes -= state.mails[spare].text.count
                spare += 1
            }
            state.mails.removeFirst(spare)
            return mail.id
        }
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
    func removeAll() { state.withLock { $0 = State() } }
}
