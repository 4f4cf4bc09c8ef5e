internal import Synchronization

/// Decides by its key whether a fact may be written to a log.
public enum Redaction {
    /// What stands in the place of a secret.
    public static let mark = "[redacted]"

    private static let secretWords: Set<String> = [
        "address", "authorization", "bearer", "cookie", "credential", "credentials", "email",
        "emails", "iban", "ip", "jwt", "mail", "otp", "passphrase", "password", "passwords",
        "phone", "pin", "recipient", "secret", "secrets", "token", "tokens",
    ]

    /// Words that mean a secret at the end of a key, unless the word before makes them harmless.
    private static let secretEndings: [String: Set<String>] = [
        "code": [
            "close", "country", "currency", "error", "exit", "language", "reason", "response",
            "state", "status",
        ],
        "codes": ["status"],
        "key": ["partition", "public", "record", "stream"],
        "keys": ["parked", "partition", "public", "record", "stream"],
    ]

    private static let harmless: Set<String> = ["listen_address", "bind_address"]

    /// Whether a fact with this key must not be written. Keys are looked at word by word, whether
    /// they are written `access_token`, `access-token` or `accessToken`.
    public static func isSecret(_ key: String) -> Bool {
        if let known = decisions.withLock({ $0[key] }) { return known }
        let decision = decide(key)
        decisions.withLock { decisions in
            if decisions.count < decisionLimit { decisions[key] = decision }
        }
        return decision
    }

    /// How many decisions are remembered: programs log the same few keys again and again.
    private static let decisionLimit = 1_024
    private static let decisions = Mutex<[String: Bool]>([:])

    private static func decide(_ key: String) -> Bool {
        if harmless.contains(key) { return false }
        let words = words(of: key)
        if words.contains(where: secretWords.contains) { return true }
        guard let last = words.last, let exceptions = secretEndings[last] else { return false }
        return words.count < 2 || !exceptions.contains(words[words.count - 2])
    }

    static func redacted(
        _ fields: Logger.Fields
    ) -> [(key: String, value: any CustomStringConvertible & Sendable)] {
        fields.map { key, value in
            if isSecret(key) { return (key, mark) }
            guard let text = value as? String, let masked = maskingCredentials(text) else {
                return (key, value)
            }
            return (key, masked)
        }
    }

    /// The text without the password of a URL's `user:password@`; nil when it has none.
    public static func maskingCredentials(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard let scheme = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[scheme...].starts(with: "://".utf8)
        else { return nil }
        let authority = bytes[(scheme + 3)...].prefix { $0 != UInt8(ascii: "/") }
        guard let at = authority.lastIndex(of: UInt8(ascii: "@")),
            let colon = authority[..<at].firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let kept = bytes[...colon] + Array(mark.utf8) + bytes[at...]
        return String(decoding: kept, as: UTF8.self)
    }

    private static func words(of key: String) -> [String] {
        var words: [String] = []
        var word = ""
        var previousIsLower = false
        for character in key {
            let isSeparator = !character.isLetter && !character.isNumber
            if isSeparator || (character.isUppercase && previousIsLower) {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
            if !isSeparator { word += character.lowercased() }
            previousIsLower = character.isLowercase
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
