/// Reasons of other services in words.
enum ReasonText {
    private static let limit = 60
    /// Where the reason is not for repeating here.
    static let other = "details are in your account"

    /// A code such as `insufficient_funds` is put in words. Anything else was written by a person,
    /// may say something personal, and stays where it is.
    static func of(_ reason: String) -> String {
        let isCode =
            (1...limit).contains(reason.utf8.count)
            && reason.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
                    || byte == UInt8(ascii: "_")
            }
        guard isCode else { return other }
        return reason.split(separator: "_").joined(separator: " ")
    }
}
