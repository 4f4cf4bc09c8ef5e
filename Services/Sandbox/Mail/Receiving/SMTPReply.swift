/// One answer of the server, of one or several lines.
struct SMTPReply: Equatable, Sendable {
    let code: Int
    let lines: [String]

    init(_ code: Int, _ lines: String...) { self.init(code, lines) }

    init(_ code: Int, _ lines: [String]) {
        self.code = code
        self.lines = lines
    }

    func append(to output: inout [UInt8]) {
        for (index, line) in lines.enumerated() {
            let mark = index == lines.count - 1 ? " " : "-"
            output.append(contentsOf: "\(code)\(mark)\(line)\r\n".utf8)
        }
    }

    static let ok = SMTPReply(250, "2.0.0 Ok")
    static let bareLineEnd = SMTPReply(521, "5.5.2 Lines end with CR LF and with nothing else")
    static let lineTooLong = SMTPReply(500, "5.5.6 The line is too long")
    static let unknownCommand = SMTPReply(500, "5.5.2 There is no such command")
    static let notHere = SMTPReply(502, "5.5.1 This command is not offered")
    static let noArgument = SMTPReply(501, "5.5.4 This command takes no argument")
    static let badSequence = SMTPReply(503, "5.5.1 This command is out of place")
    static let tooManyMistakes = SMTPReply(421, "4.7.0 Too many mistakes, goodbye")
    static let tooSlow = SMTPReply(421, "4.4.2 Too slow, goodbye")
    static let tooManyClients = SMTPReply(421, "4.7.0 Too many connections, try again later")
    static let goingAway = SMTPReply(421, "4.3.2 Going down, try again later")
    static let noRoom = SMTPReply(452, "4.3.1 The message cannot be kept, try again later")
    static let goodbye = SMTPReply(221, "2.0.0 Goodbye")
    static let isBrowser = SMTPReply(554, "5.5.1 This is a mail server")
}
