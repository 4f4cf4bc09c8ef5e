public import Runtime

/// Texts that nobody can guess.
public enum RandomToken {
    /// `bytes` random bytes in base64url: 43 characters for 32.
    public static func make(bytes: Int = 32, random: any RandomSource = SystemRandom()) -> String {
        Base64URL.encode(random.bytes(bytes))
    }
}

/// Short texts for URLs that carry a few bytes and prove that we made them: click identifiers,
/// cursors. Everybody can read the bytes; only holders of the key can make them.
public enum SignedToken {
    /// Half of an HMAC-SHA-256: nobody guesses 128 bits.
    public static let tagBytes = 16
    /// Longer texts are refused unread.
    public static let textLimit = 4_096

    /// The payload and its tag in base64url: 43 characters for 16 bytes.
    public static func sign(_ payload: [UInt8], key: [UInt8]) -> String {
        Base64URL.encode(payload + tag(payload, key))
    }

    /// The payload; nil unless it was signed with this key and not changed since.
    public static func verify(_ token: some StringProtocol, key: [UInt8]) -> [UInt8]? {
        guard token.utf8.count <= textLimit, let bytes = Base64URL.decode(token),
            bytes.count >= tagBytes
        else { return nil }
        let payload = Array(bytes.dropLast(tagBytes))
        guard constantTimeEqual(Array(bytes.suffix(tagBytes)), tag(payload, key)) else {
            return nil
        }
        return payload
    }

    private static func tag(_ payload: [UInt8], _ key: [UInt8]) -> [UInt8] {
        Array(HMAC.sha256(key: key, message: payload).prefix(tagBytes))
    }
}
