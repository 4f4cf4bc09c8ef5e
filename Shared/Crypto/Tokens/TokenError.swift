/// Why a token is refused. Says nothing of what is in it.
public enum TokenError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No JWT: not three parts of base64url, not JSON, claims missing or of the wrong type.
    case malformed
    /// Signed by other means than EdDSA, or not at all.
    case wrongAlgorithm
    /// Of another kind than expected (`typ`).
    case wrongType
    /// The key is not among the issuer's.
    case unknownKey
    /// The signature is not of this text.
    case badSignature
    case expired
    case notYetValid
    case wrongIssuer
    /// Made for somebody else.
    case wrongAudience

    public var description: String {
        switch self {
        case .malformed: "it is malformed"
        case .wrongAlgorithm: "its algorithm is not EdDSA"
        case .wrongType: "it is of another kind"
        case .unknownKey: "its key is unknown"
        case .badSignature: "its signature is wrong"
        case .expired: "it has expired"
        case .notYetValid: "it is not valid yet"
        case .wrongIssuer: "its issuer is another one"
        case .wrongAudience: "it is meant for somebody else"
        }
    }
}
