import EventTypes
import JSON
import Runtime

@testable import Crypto

/// Tokens: as they come, and with headers and claims that the issuer really signed. The first byte
/// says which.
enum TokenTarget {
    private struct Claims: Codable {
        let sub: UserID
        let roles: [String]
        let iat: Int64
    }

    private struct FixedClock: WallClock {
        func now() -> Timestamp { Timestamp(seconds: 1_700_000_000) }
    }

    private static let key: SigningKey = {
        do { return try SigningKey(seed: [UInt8](repeating: 7, count: 32)) } catch {
            preconditionFailure("any 32 bytes are a key")
        }
    }()
    private static let secret = [UInt8](repeating: 9, count: 32)
    private static let verifier = JWTVerifier(
        keys: JWKSet(keys: [key.publicJWK]), issuer: "souk", audience: "souk", clock: FixedClock())

    static func read(_ input: [UInt8]) throws(BrokenPromise) {
        let rest = Array(input.dropFirst())
        let text = String(decoding: rest, as: UTF8.self)
        switch (input.first ?? 0) % 5 {
        case 0: try check(text)
        case 1:
            try check(
                signed(Array(#"{"alg":"EdDSA","kid":"\#(key.keyID)","typ":"JWT"}"#.utf8), rest))
        case 2:
            try check(signed(rest, Array(#"{"iss":"souk","aud":"souk","exp":1800000000}"#.utf8)))
        case 3: try readTexts(text)
        default: readKeys(rest)
        }
    }

    private static func check(_ token: String) throws(BrokenPromise) {
        guard (try? verifier.verify(token, as: JSONValue.self)) != nil else { return }
        _ = try? verifier.verify(token, as: Claims.self)
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        try BrokenPromise.check(parts.count == 3, "a token has three parts")
        try BrokenPromise.check(
            token == signature(over: "\(parts[0]).\(parts[1])"), "only the issuer's tokens hold")
        let header = Base64URL.decode(parts[0]).flatMap {
            try? JSON.decode(JSONValue.self, from: $0)
        }
        try BrokenPromise.check(header?["alg"]?.string == "EdDSA", "the algorithm is EdDSA")
    }

    private static func signed(_ header: [UInt8], _ payload: [UInt8]) -> String {
        signature(over: "\(Base64URL.encode(header)).\(Base64URL.encode(payload))")
    }

    private static func signature(over input: String) -> String {
        let signature = (try? key.signature(of: Array(input.utf8))) ?? []
        return "\(input).\(Base64URL.encode(signature))"
    }

    /// Every text is the only one of its bytes.
    private static func readTexts(_ text: String) throws(BrokenPromise) {
        if let payload = SignedToken.verify(text, key: secret) {
            try BrokenPromise.check(
                SignedToken.sign(payload, key: secret) == text, "a signed token has one form")
        }
        let payload = Array(text.utf8)
        try BrokenPromise.check(
            SignedToken.verify(SignedToken.sign(payload, key: secret), key: secret) == payload
                || payload.count > SignedToken.textLimit / 2, "what was signed here holds")
        if let bytes = Base64URL.decode(text) {
            try BrokenPromise.check(Base64URL.encode(bytes) == text, "Base64URL has one form")
        }
        if let bytes = Base64.decode(text) {
            try BrokenPromise.check(Base64.encode(bytes) == text, "Base64 has one form")
        }
        if let bytes = Hex.decode(text) {
            try BrokenPromise.check(
                Hex.encode(bytes) == text.lowercased(), "hexadecimal has one form but for case")
        }
    }

    private static func readKeys(_ bytes: [UInt8]) {
        if let keys = try? JSON.decode(JWKSet.self, from: bytes) {
            let verifier = JWTVerifier(
                keys: keys, issuer: "souk", audience: "souk", clock: FixedClock())
            _ = try? verifier.verify("e30.e30.", as: JSONValue.self)
        }
        _ = try? SigningKey(pem: String(decoding: bytes, as: UTF8.self))
    }
}
