internal import Bus
internal import EventStore
internal import EventTypes
internal import JSON
internal import Runtime
internal import Synchronization

/// Reads the codes that prove addresses out of the topic of e-mails, as they come.
final class DemoCodes: Sendable {
    /// A code, and whose.
    struct Code: Sendable, Equatable {
        let userID: UserID
        let code: String
        let sentAt: Timestamp
    }

    /// After so long without news the reading begins anew, in case the broker is another one now.
    static let patience: Duration = .seconds(3)
    static let interval: Duration = .milliseconds(20)
    /// How many messages are opened at once.
    static let together = 16

    private struct State {
        var codes: [String: Code] = [:]
        var seen: Set<EventID> = []
        var lastNews = ContinuousClock.now
    }

    private let state = Mutex(State())
    private let opener: MailOpener
    private let loop: EventLoop
    private let makeReader: @Sendable () throws -> BusReader
    private let start: Timestamp

    /// - Parameter start: messages from before are none of ours.
    init(
        _ opener: MailOpener, loop: EventLoop, from start: Timestamp,
        makeReader: @escaping @Sendable () throws -> BusReader
    ) {
        self.opener = opener
        self.loop = loop
        self.start = start
        self.makeReader = makeReader
    }

    /// The newest code that was sent to an address.
    subscript(email: String) -> Code? { state.withLock { $0.codes[email] } }

    /// Reads until it is cancelled, whatever becomes of the broker meanwhile.
    func read() async throws {
        while true {
            do {
                try await readUntilSilence()
            } catch let error {
                if Task.isCancelled { throw error }
                // The broker or the user service is being restarted.
                try await loop.sleep(for: .milliseconds(300))
            }
        }
    }

    /// Follows the topic from the start of this run, until there is no news for a while: a broker
    /// that was restarted numbers its records anew.
    private func readUntilSilence() async throws {
        state.withLock { $0.lastNews = .now }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in try await follow() }
            group.addTask { [self] in
                while ContinuousClock.now - state.withLock({ $0.lastNews }) < Self.patience {
                    try await loop.sleep(for: .milliseconds(200))
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private func follow() async throws {
        let batches = try makeReader().read(
            [Topic.emails.rawValue], until: .never)
        for try await batch in batches {
            let events = batch.records.compactMap { ReceivedEvent($0) }.filter { event in
                event.time >= start && !state.withLock { $0.seen.contains(event.id) }
            }
            _ = try await Together.map(events, limit: Self.together) { [self] event in
                guard let mail = try await opener.open(event) else { return }
                keep(mail, event.id)
            }
        }
    }

    private func keep(_ mail: OpenedMail, _ event: EventID) {
        state.withLock { state in
            state.seen.insert(event)
            state.lastNews = .now
            guard let recipient = mail.recipient, let code = mail.values["code"]?.string else {
                return
            }
            let known = state.codes[recipient]
            if let known, known.sentAt > mail.requestedAt { return }
            state.codes[recipient] = Code(
                userID: mail.userID, code: code, sentAt: mail.requestedAt)
        }
    }

    /// Waits for a code to an address that is not `old`.
    ///
    /// - Returns: nil when none has come within `timeout`.
    func wait(for email: String, otherThan old: Code?, timeout: Duration) async throws -> Code? {
        let deadline = ContinuousClock.now + timeout
        while ContinuousClock.now < deadline {
            if let code = self[email], code != old { return code }
            try await loop.sleep(for: Self.interval)
        }
        return nil
    }
}
