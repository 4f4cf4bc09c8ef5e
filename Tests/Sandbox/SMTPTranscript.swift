@testable import SandboxService

/// A session that is talked to in memory.
final class SMTPTranscript {
    private(set) var delivered: [(envelope: MailEnvelope, text: String)] = []
    private(set) var next = SMTPSession.Next.read
    let faults = MailFaults()
    /// Whether messages cannot be kept.
    var isFull = false
    private var session: SMTPSession?

    init(_ limits: SMTPLimits = SMTPLimits()) {
        session = SMTPSession(
            limits: limits,
            SMTPSession.Surroundings(
                deliver: { [weak self] envelope, text in
                    guard let self, !isFull else { throw CancellationError() }
                    delivered.append((envelope, String(decoding: text, as: UTF8.self)))
                    return "\(delivered.count)"
                },
                fault: { [faults] in faults.take(at: $0, for: $1) }))
    }

    func greeting() -> String {
        var output: [UInt8] = []
        next = session?.greet(&output) ?? .cut
        return String(decoding: output, as: UTF8.self)
    }

    /// Sends bytes in pieces and gives the codes of the answers.
    @discardableResult
    func say(_ bytes: [UInt8], inPiecesOf size: Int = .max) -> [Int] {
        var output: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            session?.receive(rest.prefix(size))
            rest = rest.dropFirst(size)
            next = session?.proceed(&output) ?? .cut
        }
        return Self.codes(output)
    }

    @discardableResult
    func say(_ text: String, inPiecesOf size: Int = .max) -> [Int] {
        say(Array(text.utf8), inPiecesOf: size)
    }

    /// Goes on after a pause.
    func proceed() -> [Int] {
        var output: [UInt8] = []
        next = session?.proceed(&output) ?? .cut
        return Self.codes(output)
    }

    /// Up to the text of a message.
    func announce(to recipient: String = "ann@example.com") -> [Int] {
        say("EHLO test\r\nMAIL FROM:<souk@souk.test>\r\nRCPT TO:<\(recipient)>\r\nDATA\r\n")
    }

    /// The codes of whole replies.
    private static func codes(_ output: [UInt8]) -> [Int] {
        String(decoding: output, as: UTF8.self).split(separator: "\r\n")
            .filter { $0.dropFirst(3).first == " " }.compactMap { Int($0.prefix(3)) }
    }
}
