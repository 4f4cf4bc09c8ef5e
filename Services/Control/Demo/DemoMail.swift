internal import EventTypes
internal import Runtime
internal import Synchronization

/// Reads everybody's mail as it comes: the codes that prove addresses, and whether anything comes
/// twice.
final class DemoMail: Sendable {
    /// A code, and when it came.
    struct Code: Sendable, Equatable {
        let code: String
        let receivedAt: Timestamp
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
        var codes: [String: Code] = [:]
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

    /// The newest code that was sent to an address.
    subscript(email: String) -> Code? { state.withLock { $0.codes[email] } }

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
                    guard let code = mail.code else { continue }
                    if let known = state.codes[recipient], known.receivedAt > mail.receivedAt {
                        continue
                    }
                    state.codes[recipient] = Code(code: code, receivedAt: mail.receivedAt)
                }
            }
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
