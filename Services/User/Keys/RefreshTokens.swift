internal import Crypto
internal import EventTypes

/// Refresh tokens: the session and the generation, signed. What has become of them is in the
/// session's stream, so that nothing secret is stored.
struct RefreshTokens: Sendable {
    private static let byteCount = 20

    private let key: [UInt8]

    init(_ master: MasterKey) { key = master.key(for: "refresh tokens") }

    func token(_ session: SessionID, generation: Int) -> String {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: session.high.bigEndian) { bytes += $0 }
        withUnsafeBytes(of: session.low.bigEndian) { bytes += $0 }
        withUnsafeBytes(of: UInt32(generation).bigEndian) { bytes += $0 }
        return SignedToken.sign(bytes, key: key)
    }

    /// What a token of ours says; nil for any other text.
    func read(_ token: String) -> (session: SessionID, generation: Int)? {
        guard let bytes = SignedToken.verify(token, key: key), bytes.count == Self.byteCount else {
            return nil
        }
        func number(_ range: Range<Int>) -> UInt64 {
            bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        return (SessionID(high: number(0..<8), low: number(8..<16)), Int(number(16..<20)))
    }
}
