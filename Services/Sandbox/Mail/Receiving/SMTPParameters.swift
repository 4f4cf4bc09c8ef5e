/// What follows the path of MAIL: `SIZE=1000 BODY=8BITMIME SMTPUTF8`.
struct SMTPParameters: Equatable {
    private(set) var size: Int?
    private(set) var isUTF8 = false

    /// - Throws: the reply to parameters that are unknown, repeated or malformed.
    init(parsing text: Substring) throws(SMTPRefusal) {
        var seen: Set<String> = []
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].uppercased()
            let value = parts.count > 1 ? parts[1] : nil
            guard seen.insert(name).inserted else {
                throw SMTPRefusal(501, "5.5.4 \(name) is there twice")
            }
            switch name {
            case "SIZE":
                guard let value, (1...20).contains(value.utf8.count),
                    value.utf8.allSatisfy({ (0x30...0x39).contains($0) })
                else { throw SMTPRefusal(501, "5.5.4 SIZE is a number") }
                size = Int(value) ?? .max
            case "BODY":
                guard ["7BIT", "8BITMIME"].contains(value?.uppercased()) else {
                    throw SMTPRefusal(501, "5.5.4 BODY is 7BIT or 8BITMIME")
                }
            case "SMTPUTF8":
                guard value == nil else { throw SMTPRefusal(501, "5.5.4 SMTPUTF8 has no value") }
                isUTF8 = true
            default: throw SMTPRefusal(555, "5.5.4 This parameter is not known")
            }
        }
    }
}

/// Why a command is not followed.
struct SMTPRefusal: Error, Equatable {
    let reply: SMTPReply

    init(_ reply: SMTPReply) { self.reply = reply }
    init(_ code: Int, _ text: String) { reply = SMTPReply(code, text) }
}
