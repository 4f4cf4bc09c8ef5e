/// Personal data as it stands in logs and topics: ciphertext under the key of the person it is
/// about (AES-256-GCM; `Crypto` seals and opens it). Once that key is destroyed nobody can read it
/// again.
public struct SealedText: Hashable, Sendable, Codable {
    /// Whose key it is sealed with.
    public let subject: UserID
    /// Nonce, ciphertext and tag, in base64url without padding.
    public let box: String

    public init(subject: UserID, box: String) {
        self.subject = subject
        self.box = box
    }
}
