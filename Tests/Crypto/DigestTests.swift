import Crypto
import EventTypes
import Testing

@Suite struct DigestTests {
    /// FIPS 180-4 examples.
    @Test func digestsAreThoseOfTheStandard() {
        #expect(
            Digest.hex(Digest.sha256(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Digest.hex(Digest.sha256([]))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            Digest.hex(Digest.sha512(Array("abc".utf8)))
                == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
    }

    /// RFC 4231, cases 1, 2 and 6.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0B, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131),
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                + "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
        ),
    ])
    func authenticationIsThatOfTheStandard(
        key: [UInt8], message: String, sha256: String, sha512: String
    ) {
        #expect(Hex.encode(HMAC.sha256(key: key, message: Array(message.utf8))) == sha256)
        #expect(Hex.encode(HMAC.sha512(key: key, message: Array(message.utf8))) == sha512)
    }

    @Test func emptyKeysAndMessagesAreTaken() {
        #expect(
            Hex.encode(HMAC.sha256(key: [], message: []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func comparisonTellsTheSameFromTheDifferent() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
    }

    @Test func derivedIdentifiersRepeatAndDiffer() {
        let user = UserID(high: 1, low: 2)
        let account = LedgerAccountID.derived(from: user, "available")
        #expect(account == .derived(from: user, "available"))
        #expect(account != .derived(from: user, "held"))
        #expect(account != .derived(from: UserID(high: 1, low: 3), "available"))
        // The border between source and name counts.
        #expect(LedgerAccountID.derived(from: "ab", "c") != .derived(from: "a", "bc"))
        // Pinned: what is in logs must follow from the same source for ever.
        #expect(account.description == "612e5186-f7d8-8471-87c1-b0652faeafcb")
    }

    @Test func derivedIdentifiersAreOfVersionEight() {
        for number in 0..<64 {
            let id = EventID.derived(from: number, "event")
            #expect(id.high >> 12 & 15 == 8)
            #expect(id.low >> 62 == 0b10)
        }
    }
}
