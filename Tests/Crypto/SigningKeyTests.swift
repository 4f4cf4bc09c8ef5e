import EventTypes
import JSON
import TestSupport
import Testing

@testable import Crypto

@Suite struct SigningKeyTests {
    /// RFC 8032 §7.1, tests 1 to 3.
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
                + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ])
    func signaturesAreThoseOfTheStandard(
        seed: String, publicKey: String, message: String, signature: String
    ) throws {
        let key = try SigningKey(seed: #require(Hex.decode(seed)))
        let message = try #require(Hex.decode(message))
        #expect(key.publicJWK.x == Base64URL.encode(try #require(Hex.decode(publicKey))))
        #expect(Hex.encode(try key.signature(of: message)) == signature)
        #expect(key.publicJWK.verifies(try #require(Hex.decode(signature)), of: message))
        #expect(!key.publicJWK.verifies(try #require(Hex.decode(signature)), of: message + [0]))
    }

    /// RFC 8037, appendix A.
    @Test func theThumbprintIsThatOfTheStandard() throws {
        let seed = try #require(Base64URL.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
        let key = try SigningKey(seed: seed)
        #expect(key.keyID == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        #expect(key.publicJWK.x == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
        let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        #expect(
            Base64URL.encode(try key.signature(of: Array(input.utf8)))
                == "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvp"
                + "Ar_MuM0KAg")
    }

    @Test func aPrivateKeyComesBackFromItsText() throws {
        let key = SigningKey.generate()
        let pem = try key.privatePEM()
        #expect(pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        let read = try SigningKey(pem: pem)
        #expect(read.keyID == key.keyID)
        #expect(try read.signature(of: [1]) == key.signature(of: [1]))
    }

    /// What `openssl genpkey` wrote: Ed25519, P-256, and Ed25519 with a password.
    @Test func onlyPlainEd25519KeysAreRead() throws {
        #expect(
            try SigningKey(
                pem: """
                    -----BEGIN PRIVATE KEY-----
                    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
                    -----END PRIVATE KEY-----
                    """
            ).keyID == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        for pem in [
            "", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            ForeignKeys.p256, ForeignKeys.encrypted,
        ] {
            let error = #expect(throws: CryptoError.self) { try SigningKey(pem: pem) }
            #expect(error?.operation == "read private key")
        }
    }

    @Test func keysDoNotShowThemselves() throws {
        let key = SigningKey.generate()
        let secret = try key.privatePEM().split(separator: "\n")[1]
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains(secret))
            #expect(!text.contains("handle"))
        }
        #expect("\(key)".contains(key.keyID))
    }

    @Test func publishedKeysHoldNoPrivatePart() throws {
        let key = SigningKey.generate()
        let json = try JSON.decode(
            JSONValue.self, from: JSON.encode(JWKSet(keys: [key.publicJWK])))
        let members = try #require(json["keys"]?[0]?.object)
        #expect(Set(members.names) == ["kty", "crv", "x", "kid", "alg", "use"])
        #expect(members["kty"] == "OKP")
        #expect(members["crv"] == "Ed25519")
        #expect(members["alg"] == "EdDSA")
    }

    @Test func keysOfOtherKindsAreReadAndNotUsed() throws {
        let set = try JSON.decode(
            JWKSet.self,
            from:
                #"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a"},{"kty":"OKP","crv":"X25519","#
                + #""x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#)
        #expect(set.keys.count == 2)
        for key in set.keys {
            #expect(!key.verifies([UInt8](repeating: 0, count: 64), of: []))
        }
    }

    @Test func aRetiredKeyIsPublishedForTheOverlap() {
        let clock = ManualClock()
        let first = SigningKey.generate()
        let second = SigningKey.generate()
        let ring = KeyRing(current: first, overlap: .seconds(900), clock: clock)
        #expect(ring.published == JWKSet(keys: [first.publicJWK]))
        ring.rotate(to: second)
        #expect(ring.current.keyID == second.keyID)
        #expect(ring.published == JWKSet(keys: [second.publicJWK, first.publicJWK]))
        clock.advance(by: .seconds(899))
        #expect(ring.published.keys.count == 2)
        clock.advance(by: .seconds(1))
        #expect(ring.published == JWKSet(keys: [second.publicJWK]))
    }

    @Test func rotatingToTheSameOrAnEarlierKeyKeepsItOnce() {
        let first = SigningKey.generate()
        let second = SigningKey.generate()
        let ring = KeyRing(current: first, overlap: .seconds(900), clock: ManualClock())
        ring.rotate(to: first)
        #expect(ring.published.keys.count == 1)
        ring.rotate(to: second)
        ring.rotate(to: first)
        #expect(ring.published == JWKSet(keys: [first.publicJWK, second.publicJWK]))
    }
}
