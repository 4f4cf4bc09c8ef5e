internal import CTLS

/// The handshake arithmetic of RFC 6455 §4, done by OpenSSL.
public enum WebSocketKey {
    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// What a server answers to a client's `Sec-WebSocket-Key`.
    public static func accept(for key: String) -> String {
        let text = Array((key + suffix).utf8)
        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        _ = SHA1(text, text.count, &digest)
        return encode(digest)
    }

    /// The key of a client for 16 random bytes.
    public static func key(_ nonce: [UInt8]) -> String { encode(nonce) }

    private static func encode(_ bytes: [UInt8]) -> String {
        // Four characters for each three bytes, and a NUL.
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }
}
