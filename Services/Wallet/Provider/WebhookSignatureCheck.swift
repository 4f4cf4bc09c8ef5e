internal import Crypto
internal import EventTypes

/// Checks signatures of the form `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`.
struct WebhookSignatureCheck: Sendable {
    /// How far the time of a signature may be from ours.
    static let tolerance = Duration.seconds(300)
    /// A sender that changes its secret signs with both.
    static let mostSignatures = 4
    static let longestHeader = 1_024

    private let secret: [UInt8]

    init(secret: String) { self.secret = Array(secret.utf8) }

    func accepts(_ header: String?, _ body: [UInt8], at now: Timestamp) -> Bool {
        guard let header, header.utf8.count <= Self.longestHeader else { return false }
        var time: String?
        var signatures: [Substring] = []
        for part in header.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { return false }
            switch pair[0] {
            case "t":
                if time != nil { return false }
                time = String(pair[1])
            case "v1": signatures.append(pair[1])
            default: continue
            }
        }
        guard let time, let seconds = Int64(time), abs(seconds) < 1 << 40,
            (1...Self.mostSignatures).contains(signatures.count)
        else { return false }
        let age = now.since(Timestamp(seconds: seconds))
        guard age <= Self.tolerance, age >= .zero - Self.tolerance else { return false }
        let expected = HMAC.sha256(key: secret, message: Array("\(time).".utf8) + body)
        // Every signature is looked at, so that the time tells nothing.
        return signatures.reduce(false) { found, signature in
            let isSame = constantTimeEqual(Array(signature.utf8), Array(Hex.encode(expected).utf8))
            return isSame || found
        }
    }
}
