import Crypto
import Testing

@Suite struct SignedTokenTests {
    private let key = Array("a key of the test".utf8)

    @Test func whatIsSignedIsReadBack() {
        for payload: [UInt8] in [[], [0], Array(0...15), [UInt8](repeating: 9, count: 500)] {
            let token = SignedToken.sign(payload, key: key)
            #expect(SignedToken.verify(token, key: key) == payload)
        }
    }

    @Test func sixteenBytesFitInFortyThreeCharacters() {
        let token = SignedToken.sign(Array(0...15), key: key)
        #expect(token.utf8.count == 43)
        #expect(token.utf8.allSatisfy { $0 == 45 || $0 == 95 || $0 > 47 && $0 < 123 })
    }

    @Test func anotherKeyOrAChangedTokenIsRefused() {
        let token = SignedToken.sign([1, 2, 3], key: key)
        #expect(SignedToken.verify(token, key: key + [1]) == nil)
        #expect(SignedToken.verify("", key: key) == nil)
        #expect(SignedToken.verify("AAAA", key: key) == nil)
        #expect(SignedToken.verify(token + "A", key: key) == nil)
        #expect(SignedToken.verify(token.dropLast(), key: key) == nil)
        #expect(
            SignedToken.verify(String(repeating: "A", count: SignedToken.textLimit + 4), key: key)
                == nil)
        for index in token.indices {
            var changed = token
            changed.replaceSubrange(index...index, with: token[index] == "A" ? "B" : "A")
            #expect(SignedToken.verify(changed, key: key) == nil)
        }
    }

    @Test func randomTokensDiffer() {
        let tokens = Set((0..<100).map { _ in RandomToken.make() })
        #expect(tokens.count == 100)
        #expect(tokens.allSatisfy { $0.utf8.count == 43 })
        #expect(RandomToken.make(bytes: 16).utf8.count == 22)
    }
}
