internal import Crypto
internal import EventTypes

/// Makes and reads the texts that leave the platform: click identifiers for networks, and links
/// that name a customer.
struct ClickSigner: Sendable {
    private let clickKey: [UInt8]
    private let linkKey: [UInt8]

    /// - Parameter secret: the same in every replica, for ever: networks answer months later.
    init(secret: [UInt8]) {
        clickKey = HMAC.sha256(key: secret, message: Array("click identifiers".utf8))
        linkKey = HMAC.sha256(key: secret, message: Array("links of customers".utf8))
    }

    func sign(_ click: ClickID) -> String { SignedToken.sign(Self.bytes(click), key: clickKey) }

    /// The click; nil when the text is none that was signed here.
    func click(_ text: String) -> ClickID? {
        SignedToken.verify(text, key: clickKey).flatMap { Self.identifier($0[...]) }
    }

    /// The token of a link by which `user` leaves through `offer`.
    func link(_ user: UserID, _ offer: OfferID) -> String {
        SignedToken.sign(Self.bytes(user) + Self.bytes(offer), key: linkKey)
    }

    /// Who the link through `offer` belongs to; nil when it is none that was signed here.
    func user(_ text: String, of offer: OfferID) -> UserID? {
        guard let payload = SignedToken.verify(text, key: linkKey), payload.count == 32,
            Self.identifier(payload[16...]) == offer
        else { return nil }
        return Self.identifier(payload[..<16])
    }

    private static func bytes<Entity>(_ id: Identifier<Entity>) -> [UInt8] {
        [id.high, id.low].flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
    }

    private static func identifier<Entity>(_ bytes: ArraySlice<UInt8>) -> Identifier<Entity>? {
        guard bytes.count == 16 else { return nil }
        let words = [bytes.prefix(8), bytes.suffix(8)].map {
            $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        return Identifier(high: words[0], low: words[1])
    }
}
