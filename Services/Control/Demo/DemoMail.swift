internal import EventTypes
internal import Runtime
internal import Synchronization

/// Reads everybody's mail as it comes: the codes that prove addresses, and whether anything comes
/// twice.
final class DemoMail: Sendable {
    /// The codes that came to one address. Mail overtakes mail: the one that holds need not be the
    /// last.
    struct Codes: Sendable {
        private var codes: [String] = []

        mutating func add(_ code: String) { codes.append(code) }

        /// The newest that was not tried yet.
        func next(after tried: Set<String>) -> String? { codes.last { !tried.contains($0) } }
    }

    /// What has come to the addresses of this run.
    struct Count: Sendable {
        var messages = 0
        /// Those of which the same came before.
        var repeated: [String] = []
    }

    static let interval: Duration = .milliseconds(50)
    /// After a fault.
    static let pause: Duration = .milliseconds(300)

    private struct State {
        var codes: [String: Codes] = [:]
        /// By the server's name of them.
        var seen: Set<String> = []
        /// How often each `Message-ID` was seen, by address.
        var counts: [String: Int] = [:]
        var last: String?
    }

    private let state = Mutex(State())
    private let catcher: MailCatcher
    private let loop: EventLoop
    private let start: Timestamp
    private let run: String

    /// - Parameters:
    ///   - start: messages from before are none of ours.
    ///   - run: what is in each address of this run.
    init(_ catcher: MailCatcher, loop: EventLoop, from start: Timestamp, run: String) {
        self.catcher = catcher
        self.loop = loop
        self.start = start
        self.run = run
    }

    /// Messages to people of this run so far.
    var count: Count {
        state.withLock { state in
            Count(
                messages: state.counts.count,
                repeated: state.counts.filter { $0.value > 1 }.map(\.key).sorted())
        }
    }

    /// Reads until it is cancelled, whatever becomes of the server meanwhile.
    func read() async throws {
        while true {
            do {
                let last = state.withLock { $0.last }
                let messages = try await catcher.messages(after: last)
                keep(messages)
                if messages.isEmpty { try await loop.sleep(for: Self.interval) }
            } catch let error {
                if Task.isCancelled { throw error }
                // The sandbox is being restarted.
                try await loop.sleep(for: Self.pause)
            }
        }
    }

    private func keep(_ messages: [CaughtMail]) {
        state.withLock { state in
            for mail in messages {
                state.last = mail.id
                guard mail.receivedAt >= start, state.seen.insert(mail.id).inserted else {
                    continue
                }
                for recipient in mail.recipients where recipient.contains("-\(run)@") {
                    let name = mail.messageID ?? mail.id
                    state.counts["\(recipient) \(name)", default: 0] += 1
                    if let code = mail.code { state.codes[recipient, default: Codes()].add(code) }
                }
            }
        }
    }

    /// Waits for a code to an address that was not tried yet.
    ///
    /// - Returns: nil when none has come within `timeout`.
    func wait(for email: String, after tried: Set<String>, timeout: Duration) async throws
        -> String?
    {
        let deadline = ContinuousClock.now + timeout
        while ContinuousClock.now < deadline {
            if let code = state.withLock({ $0.codes[email]?.next(after: tried) }) { return code }
            try await loop.sleep(for: Self.interval)
        }
        return nil
    }
}
