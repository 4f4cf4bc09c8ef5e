import Crypto
import Testing

@Suite struct EncodingTests {
    /// RFC 4648 §10.
    private static let vectors = [
        ("", "", ""), ("f", "Zg==", "66"), ("fo", "Zm8=", "666f"), ("foo", "Zm9v", "666f6f"),
        ("foob", "Zm9vYg==", "666f6f62"), ("fooba", "Zm9vYmE=", "666f6f6261"),
        ("foobar", "Zm9vYmFy", "666f6f626172"),
    ]

    @Test(arguments: vectors)
    func textsAreThoseOfTheStandard(plain: String, base64: String, hex: String) {
        let bytes = Array(plain.utf8)
        let unpadded = String(base64.prefix { $0 != "=" })
        #expect(Base64.encode(bytes) == base64)
        #expect(Base64.decode(base64) == bytes)
        #expect(Base64URL.encode(bytes) == unpadded)
        #expect(Base64URL.decode(unpadded) == bytes)
        #expect(Hex.encode(bytes) == hex)
        #expect(Hex.decode(hex.uppercased()) == bytes)
    }

    @Test func everyByteComesBack() {
        let all = (0...255).map { UInt8($0) }
        for count in [0, 1, 2, 3, 255, 256] {
            let bytes = Array(all.prefix(count))
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
    }

    @Test(arguments: ["A", "Zg==", "Zh", "Zm9", "Z m8", "+/8", "Zm8\n", "Zmé"])
    func otherTextsAreNotBase64URL(_ text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test(arguments: ["Zg", "Zg=", "Zh==", "=", "====", "Zg==Zg==", "-_8=", "Zm8=\n", "Zg=g"])
    func otherTextsAreNotBase64(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["0", "0g", "0x12", " 12", "é"])
    func otherTextsAreNotHexadecimal(_ text: String) {
        #expect(Hex.decode(text) == nil)
    }
}
