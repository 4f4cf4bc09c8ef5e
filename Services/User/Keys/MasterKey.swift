internal import Crypto
internal import EventTypes

/// The key that everything secret of this service hangs on. It is never used itself: each purpose
/// has a key that follows from it.
struct MasterKey: Sendable {
    static let byteCount = 32

    private let bytes: [UInt8]

    /// - Parameter text: 32 bytes in base64url without padding.
    init?(_ text: String) {
        guard let bytes = Base64URL.decode(text), bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// 32 bytes that are always the same for the same purpose and tell nothing of other purposes.
    func key(for purpose: String) -> [UInt8] {
        HMAC.sha256(key: bytes, message: Array("souk-user-1 \(purpose)".utf8))
    }
}

extension MasterKey: CustomStringConvertible, CustomReflectable {
    var description: String { "MasterKey(redacted)" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Keyed hashes of what must be recognised but never read: without the key nobody can try out all
/// addresses or all codes.
struct KeyedDigests: Sendable {
    private let addresses: [UInt8]
    private let codes: [UInt8]

    init(_ master: MasterKey) {
        addresses = master.key(for: "e-mail addresses")
        codes = master.key(for: "verification codes")
    }

    /// By this the same address is found again.
    func digest(of email: EmailAddress) -> String {
        Base64URL.encode(HMAC.sha256(key: addresses, message: Array(email.text.utf8)))
    }

    /// A code's digest is of use for its own message only.
    func digest(of code: String, in message: EventID) -> String {
        Base64URL.encode(HMAC.sha256(key: codes, message: Array("\(message) \(code)".utf8)))
    }
}
