import EventTypes
import JSON
import TestSupport
import Testing

@testable import Crypto

@Suite struct JWTTests {
    private struct Claims: Codable, Equatable {
        var iss: String? = "souk"
        var aud: String? = "wallet"
        var sub = "0192"
        var iat: Int64? = 1_767_225_600
        var nbf: Int64?
        var exp: Int64? = 1_767_226_500
    }

    private let clock = ManualClock(Timestamp(seconds: 1_767_225_600))
    private let key = SigningKey.generate()

    private func verifier(_ keys: [SigningKey]? = nil) -> JWTVerifier {
        JWTVerifier(
            keys: JWKSet(keys: (keys ?? [key]).map(\.publicJWK)), issuer: "souk",
            audience: "wallet", clock: clock)
    }

    private func token(_ claims: Claims) throws -> String { try JWTSigner(key: key).sign(claims) }

    /// A token of any header and payload, signed all the same.
    private func token(header: String, payload: String) throws -> String {
        let input = [header, payload].map { Base64URL.encode(Array($0.utf8)) }
            .joined(separator: ".")
        return "\(input).\(Base64URL.encode(try key.signature(of: Array(input.utf8))))"
    }

    private func refusal(_ token: String) -> TokenError? {
        do throws(TokenError) {
            _ = try verifier().verify(token, as: Claims.self)
            return nil
        } catch { return error }
    }

    private var header: String { #"{"alg":"EdDSA","kid":"\#(key.keyID)","typ":"JWT"}"# }
    private let payload = #"{"iss":"souk","aud":"wallet","sub":"0192","exp":1767226500}"#

    @Test func aGoodTokenGivesItsClaims() throws {
        #expect(try verifier().verify(token(Claims()), as: Claims.self) == Claims())
    }

    @Test func anyOfTheKeysMayHaveSigned() throws {
        let keys = [SigningKey.generate(), key, SigningKey.generate()]
        #expect(try verifier(keys).verify(token(Claims()), as: Claims.self) == Claims())
    }

    @Test func anUnknownKeyIsRefused() throws {
        #expect(throws: TokenError.unknownKey) {
            try verifier([SigningKey.generate()]).verify(token(Claims()), as: Claims.self)
        }
        #expect(
            refusal(try token(header: #"{"alg":"EdDSA","typ":"JWT"}"#, payload: payload))
                == .unknownKey)
    }

    @Test(arguments: ["none", "None", "HS256", "ES256", "RS256", "eddsa", ""])
    func otherAlgorithmsAreRefused(_ algorithm: String) throws {
        let header = #"{"alg":"\#(algorithm)","kid":"\#(key.keyID)","typ":"JWT"}"#
        #expect(refusal(try token(header: header, payload: payload)) == .wrongAlgorithm)
    }

    @Test func aTokenWithoutSignatureIsRefused() throws {
        let parts = try token(Claims()).split(separator: ".")
        #expect(refusal("\(parts[0]).\(parts[1]).") == .badSignature)
        #expect(refusal("\(parts[0]).\(parts[1])") == .malformed)
    }

    /// The public key used as the secret of an HMAC: the classic confusion.
    @Test func thePublicKeyIsNoSharedSecret() throws {
        let input = [#"{"alg":"HS256","kid":"\#(key.keyID)","typ":"JWT"}"#, payload]
            .map { Base64URL.encode(Array($0.utf8)) }.joined(separator: ".")
        let secret = try #require(Base64URL.decode(key.publicJWK.x ?? ""))
        let tag = HMAC.sha256(key: secret, message: Array(input.utf8))
        #expect(refusal("\(input).\(Base64URL.encode(tag))") == .wrongAlgorithm)
    }

    @Test func everyChangedCharacterIsNoticed() throws {
        let good = try token(Claims())
        for index in good.indices where good[index] != "." {
            var changed = good
            changed.replaceSubrange(index...index, with: good[index] == "A" ? "B" : "A")
            #expect(refusal(changed) != nil)
        }
    }

    @Test func claimsOfAnotherTokenAreNotTaken() throws {
        let first = try token(Claims()).split(separator: ".")
        var other = Claims()
        other.sub = "somebody else"
        let second = try token(other).split(separator: ".")
        #expect(refusal("\(first[0]).\(second[1]).\(first[2])") == .badSignature)
    }

    @Test func timeIsKeptWithTheLeeway() throws {
        let token = try token(Claims())
        clock.time = Timestamp(seconds: 1_767_226_500 + 29)
        #expect(refusal(token) == nil)
        clock.time = Timestamp(seconds: 1_767_226_500 + 30)
        #expect(refusal(token) == .expired)
        clock.time = Timestamp(seconds: 1_767_225_600 - 30)
        #expect(refusal(token) == nil)
        clock.time = Timestamp(seconds: 1_767_225_600 - 31)
        #expect(refusal(token) == .notYetValid)
    }

    @Test func notBeforeIsKept() throws {
        var claims = Claims()
        claims.nbf = 1_767_225_700
        #expect(refusal(try token(claims)) == .notYetValid)
        clock.time = Timestamp(seconds: 1_767_225_670)
        #expect(refusal(try token(claims)) == nil)
    }

    @Test func issuerAndAudienceMustBeTheExpected() throws {
        var claims = Claims()
        claims.iss = "service:evil"
        #expect(refusal(try token(claims)) == .wrongIssuer)
        claims = Claims()
        claims.aud = "catalog"
        #expect(refusal(try token(claims)) == .wrongAudience)
    }

    @Test func theAudienceMayBeAList() throws {
        let list = #"{"iss":"souk","aud":["catalog","wallet"],"sub":"a","exp":1767226500}"#
        let token = try token(header: header, payload: list)
        struct Subject: Decodable { let sub: String }
        #expect(try verifier().verify(token, as: Subject.self).sub == "a")
        #expect(
            refusal(
                try self.token(
                    header: header,
                    payload: #"{"iss":"souk","aud":["catalog"],"sub":"a","exp":1767226500}"#))
                == .wrongAudience)
    }

    @Test(arguments: [
        #"{"iss":"souk","aud":"wallet","sub":"a"}"#,
        #"{"aud":"wallet","sub":"a","exp":1767226500}"#,
        #"{"iss":"souk","sub":"a","exp":1767226500}"#,
        #"{"iss":"souk","aud":"wallet","sub":"a","exp":"1767226500"}"#,
        #"{"iss":"souk","aud":"wallet","sub":"a","exp":1e300}"#,
        #"{"iss":"souk","aud":"wallet","sub":"a","exp":-1}"#,
        #"{"iss":"souk","aud":"wallet","sub":5,"exp":1767226500}"#,
        #"{"iss":"souk","aud":"wallet","sub":"a","exp":1767226500,"exp":1767226500}"#,
        #"[]"#, "", "null", "{",
    ])
    func claimsThatAreMissingOrWrongAreRefused(_ payload: String) throws {
        #expect(refusal(try token(header: header, payload: payload)) == .malformed)
    }

    @Test func unknownExtensionsAndKindsAreRefused() throws {
        let critical = #"{"alg":"EdDSA","kid":"\#(key.keyID)","typ":"JWT","crit":["exp"]}"#
        #expect(refusal(try token(header: critical, payload: payload)) == .malformed)
        let other = #"{"alg":"EdDSA","kid":"\#(key.keyID)","typ":"dpop+jwt"}"#
        #expect(refusal(try token(header: other, payload: payload)) == .wrongType)
        let none = #"{"alg":"EdDSA","kid":"\#(key.keyID)"}"#
        #expect(refusal(try token(header: none, payload: payload)) == .wrongType)
    }

    @Test(arguments: [
        "", ".", "..", "...", "a.b.c", "e30.e30.e30", "e30.e30.e30.e30", "é.é.é",
        " e30.e30.e30", "e30=.e30.e30", String(repeating: "A", count: 10_000),
    ])
    func otherTextsAreRefused(_ text: String) {
        #expect(refusal(text) == .malformed)
    }
}
