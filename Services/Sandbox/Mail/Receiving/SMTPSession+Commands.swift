/// The commands of RFC 5321 §4.1.1.
extension SMTPSession {
    mutating func perform(
        _ verb: String, _ argument: Substring
    ) throws(SMTPRefusal) -> SMTPReply {
        switch verb {
        case "EHLO", "HELO": return try hello(verb, argument)
        case "MAIL": return try mail(argument)
        case "RCPT": return try recipient(argument)
        case "DATA":
            try check(argument.isEmpty, .noArgument)
            return try data()
        case "RSET":
            try check(argument.isEmpty, .noArgument)
            if case .mail = state { state = .ready }
            return .ok
        case "NOOP": return .ok
        case "QUIT": throw SMTPRefusal(.noArgument)
        case "HELP": return SMTPReply(214, "2.0.0 See RFC 5321, and GET /mail")
        case "VRFY":
            try check(!argument.isEmpty, SMTPReply(501, "5.5.4 Verify whom?"))
            return SMTPReply(252, "2.1.5 Send some mail, it will be caught")
        case "EXPN", "TURN", "ETRN", "AUTH", "STARTTLS", "BDAT", "BURL":
            throw SMTPRefusal(.notHere)
        default: throw SMTPRefusal(.unknownCommand)
        }
    }

    private func check(_ isRight: Bool, _ reply: SMTPReply) throws(SMTPRefusal) {
        guard isRight else { throw SMTPRefusal(reply) }
    }

    private mutating func hello(
        _ verb: String, _ argument: Substring
    ) throws(SMTPRefusal) -> SMTPReply {
        try check(
            SMTPAddress.isDomain(argument, true),
            SMTPReply(501, "5.5.4 \(verb) with the name of the client"))
        state = .ready
        isExtended = verb == "EHLO"
        guard isExtended else { return SMTPReply(250, Self.name) }
        return SMTPReply(
            250, Self.name, "SIZE \(limits.messageBytes)", "8BITMIME", "SMTPUTF8", "PIPELINING",
            "ENHANCEDSTATUSCODES", "HELP")
    }

    private mutating func mail(_ argument: Substring) throws(SMTPRefusal) -> SMTPReply {
        guard case .ready = state else { throw SMTPRefusal(.badSequence) }
        let (address, rest) = try path(argument, after: "FROM:")
        try check(isExtended || rest.isEmpty, SMTPReply(555, "5.5.4 Parameters need EHLO"))
        let parameters = try SMTPParameters(parsing: rest)
        if !address.isEmpty { try checkMailbox(address, parameters.isUTF8, "5.1.7") }
        try check(
            parameters.size ?? 0 <= limits.messageBytes,
            SMTPReply(552, "5.3.4 At most \(limits.messageBytes) bytes"))
        state = .mail(MailEnvelope(sender: String(address), isUTF8: parameters.isUTF8))
        return SMTPReply(250, "2.1.0 Ok")
    }

    private mutating func recipient(_ argument: Substring) throws(SMTPRefusal) -> SMTPReply {
        guard case .mail(var envelope) = state else { throw SMTPRefusal(.badSequence) }
        let (address, rest) = try path(argument, after: "TO:")
        try check(rest.isEmpty, SMTPReply(555, "5.5.4 RCPT takes no parameters here"))
        if address.lowercased() != "postmaster" {
            try checkMailbox(address, envelope.isUTF8, "5.1.3")
        }
        try check(
            envelope.recipients.count < limits.recipients,
            SMTPReply(452, "4.5.3 At most \(limits.recipients) recipients"))
        switch surroundings.fault(.recipient, [String(address)]) {
        case .reject: throw SMTPRefusal(550, "5.1.1 Refused, as was asked for")
        case .defer: throw SMTPRefusal(451, "4.2.1 Refused for now, as was asked for")
        default: break
        }
        if !envelope.recipients.contains(String(address)) {
            envelope.recipients.append(String(address))
        }
        state = .mail(envelope)
        return SMTPReply(250, "2.1.5 Ok")
    }

    private mutating func data() throws(SMTPRefusal) -> SMTPReply {
        guard case .mail(let envelope) = state else { throw SMTPRefusal(.badSequence) }
        try check(!envelope.recipients.isEmpty, SMTPReply(554, "5.5.1 No recipient was taken"))
        state = .data(envelope, Incoming())
        return SMTPReply(354, "The text, then a dot on a line by itself")
    }

    /// The path after its keyword, and the parameters behind it.
    private func path(
        _ argument: Substring, after keyword: String
    ) throws(SMTPRefusal) -> (Substring, Substring) {
        guard argument.prefix(keyword.count).uppercased() == keyword,
            let (address, rest) = SMTPAddress.path(argument.dropFirst(keyword.count)),
            rest.isEmpty || rest.first == " "
        else { throw SMTPRefusal(501, "5.5.4 \(keyword)<address>") }
        return (address, rest)
    }

    private func checkMailbox(
        _ address: Substring, _ isUTF8: Bool, _ status: String
    ) throws(SMTPRefusal) {
        try check(
            isUTF8 || address.utf8.allSatisfy { $0 < 0x80 },
            SMTPReply(553, "5.6.7 This address needs SMTPUTF8"))
        try check(
            SMTPAddress.isMailbox(address, allowsUTF8: isUTF8),
            SMTPReply(553, "\(status) This is not an address"))
    }
}
