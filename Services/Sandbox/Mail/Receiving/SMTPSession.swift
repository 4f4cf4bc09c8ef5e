/// The server's side of one SMTP connection (RFC 5321), without the connection: bytes go in,
/// answers come out, whole messages are handed over.
struct SMTPSession {
    /// What the connection does after the answers given so far.
    enum Next: Equatable {
        case read
        /// Goes on after some time.
        case pause(Duration)
        /// Closes once the answers are out.
        case close
        /// Closes without another word.
        case cut
    }

    /// How a session reaches the rest of the program.
    struct Surroundings {
        /// Takes a message for good and gives its name.
        let deliver: (MailEnvelope, [UInt8]) throws -> String
        let fault: (MailFault.Moment, [String]) -> MailFault?
    }

    enum State {
        /// Then `ready`.
        case connected
        /// Greeted; then `mail`.
        case ready
        /// A message is announced; then `data` or `ready`.
        case mail(MailEnvelope)
        /// Its text comes in; then `ready`.
        case data(MailEnvelope, Incoming)
    }

    /// A message as far as it has come.
    struct Incoming {
        var text: [UInt8] = []
        /// Why it will not be taken.
        var refusal: SMTPReply?
    }

    static let name = "mail.souk.test"

    let limits: SMTPLimits
    let surroundings: Surroundings
    var state = State.connected
    var isExtended = false
    private var lines = SMTPLines()
    private var delayed: SMTPReply?
    private var mistakes = 0
    private var isOver = false

    init(limits: SMTPLimits, _ surroundings: Surroundings) {
        self.limits = limits
        self.surroundings = surroundings
    }

    /// The first words.
    mutating func greet(_ output: inout [UInt8]) -> Next {
        if surroundings.fault(.greeting, []) == .busy {
            return end(.tooManyClients, &output)
        }
        SMTPReply(220, "\(Self.name) ESMTP, catches all mail and delivers none")
            .append(to: &output)
        return .read
    }

    mutating func receive(_ bytes: some Sequence<UInt8>) {
        if !isOver { lines.append(bytes) }
    }

    /// Goes through what has come in.
    mutating func proceed(_ output: inout [UInt8]) -> Next {
        if let delayed {
            self.delayed = nil
            delayed.append(to: &output)
        }
        while !isOver {
            var limit = limits.commandBytes
            if case .data = state { limit = limits.lineBytes }
            guard let line = lines.next(limit: limit) else { return .read }
            let next: Next
            if case .broken = line {
                next = end(.bareLineEnd, &output)
            } else if case .data(let envelope, var incoming) = state {
                // The state lets go of the text, which would be copied for each line otherwise.
                state = .ready
                next = takeLine(line, envelope, &incoming, &output)
            } else {
                next = takeCommand(line, &output)
            }
            if next != .read { return next }
        }
        return .close
    }

    mutating func end(_ reply: SMTPReply, _ output: inout [UInt8]) -> Next {
        isOver = true
        reply.append(to: &output)
        return .close
    }

    // MARK: Commands

    private mutating func takeCommand(_ line: SMTPLines.Line, _ output: inout [UInt8]) -> Next {
        guard case .complete(let bytes) = line else { return fault(.lineTooLong, &output) }
        guard let text = String(validating: bytes, as: UTF8.self),
            !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { return fault(.unknownCommand, &output) }
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let verb = parts[0].uppercased()
        var argument = parts.count > 1 ? parts[1] : ""
        while argument.last == " " { argument.removeLast() }
        if verb == "QUIT", argument.isEmpty { return end(.goodbye, &output) }
        if Self.browsers.contains(verb) { return end(.isBrowser, &output) }
        do throws(SMTPRefusal) {
            try perform(verb, argument).append(to: &output)
            return .read
        } catch {
            return fault(error.reply, &output)
        }
    }

    /// How requests of HTTP begin, which a page in a browser could be made to send here.
    private static let browsers: Set<String> = [
        "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "HOST:",
    ]

    private mutating func fault(_ reply: SMTPReply, _ output: inout [UInt8]) -> Next {
        if (500...503).contains(reply.code) || reply.code == 555 { mistakes += 1 }
        if mistakes > limits.mistakes { return end(.tooManyMistakes, &output) }
        reply.append(to: &output)
        return .read
    }

    // MARK: The message

    private mutating func takeLine(
        _ line: SMTPLines.Line, _ envelope: MailEnvelope, _ incoming: inout Incoming,
        _ output: inout [UInt8]
    ) -> Next {
        switch line {
        case .complete(let bytes):
            if bytes.count == 1, bytes.first == UInt8(ascii: ".") {
                return finish(envelope, incoming, &output)
            }
            // A dot at the start was doubled by the sender (§4.5.2).
            let text = bytes.first == UInt8(ascii: ".") ? bytes.dropFirst() : bytes
            if incoming.text.count + text.count + 2 > limits.messageBytes {
                incoming.refusal = SMTPReply(552, "5.3.4 The message is too big")
                incoming.text = []
            }
            if text.contains(0) {
                incoming.refusal = incoming.refusal ?? SMTPReply(550, "5.6.0 There is a NUL in it")
            }
            if incoming.refusal == nil {
                incoming.text.append(contentsOf: text)
                incoming.text.append(0x0D)
                incoming.text.append(0x0A)
            }
        case .tooLong, .broken:
            incoming.refusal =
                incoming.refusal
                ?? SMTPReply(550, "5.6.0 A line has more than \(limits.lineBytes - 2) bytes")
            incoming.text = []
        }
        state = .data(envelope, incoming)
        return .read
    }

    private mutating func finish(
        _ envelope: MailEnvelope, _ incoming: Incoming, _ output: inout [UInt8]
    ) -> Next {
        let fault = surroundings.fault(.message, envelope.recipients)
        if let refusal = incoming.refusal ?? Self.refusal(fault) {
            refusal.append(to: &output)
            return .read
        }
        if fault == .drop {
            isOver = true
            return .cut
        }
        guard let id = try? surroundings.deliver(envelope, incoming.text) else {
            SMTPReply.noRoom.append(to: &output)
            return .read
        }
        if fault == .lose {
            isOver = true
            return .cut
        }
        let reply = SMTPReply(250, "2.0.0 Taken as \(id)")
        if fault == .slow {
            delayed = reply
            return .pause(MailFault.delay)
        }
        reply.append(to: &output)
        return .read
    }

    private static func refusal(_ fault: MailFault?) -> SMTPReply? {
        switch fault {
        case .rejectData: SMTPReply(554, "5.7.1 The message is refused, as was asked for")
        case .deferData: SMTPReply(451, "4.3.0 The message is refused for now, as was asked for")
        default: nil
        }
    }
}
