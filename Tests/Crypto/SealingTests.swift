import EventTypes
import TestSupport
import Testing

@testable import Crypto

@Suite struct SealingTests {
    private let subject = UserID(high: 1, low: 2)
    private let key = SubjectKey(bytes: [UInt8](repeating: 7, count: 32))
    private let context = SealContext(
        stream: StreamID("person-1"), version: 1, field: "email")

    /// The cases 13, 14 and 16 of McGrew and Viega's specification of GCM.
    @Test(arguments: [
        (
            String(repeating: "00", count: 32), "000000000000000000000000", "", "", "",
            "530f8afbc74536b9a963b4f1c4cb738b"
        ),
        (
            String(repeating: "00", count: 32), "000000000000000000000000", "",
            "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18",
            "d0d1c8a799996bf0265b98b5d48ab919"
        ),
        (
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ])
    func boxesAreThoseOfTheStandard(
        key: String, nonce: String, data: String, text: String, ciphertext: String, tag: String
    ) throws {
        let key = try #require(Hex.decode(key))
        let data = try #require(Hex.decode(data))
        let box = try AuthenticatedBox.seal(
            #require(Hex.decode(text)), key: key, associatedData: data,
            nonce: #require(Hex.decode(nonce)))
        #expect(Hex.encode(box) == nonce + ciphertext + tag)
        #expect(Hex.encode(try AuthenticatedBox.open(box, key: key, associatedData: data)) == text)
    }

    @Test(arguments: ["", "ada@example.org", "é😀\u{0}", String(repeating: "x", count: 10_000)])
    func whatIsSealedIsOpened(_ text: String) throws {
        let sealed = try Sealing.seal(text, for: subject, key: key, context: context)
        #expect(sealed.subject == subject)
        #expect(text.isEmpty || !sealed.box.contains(text))
        #expect(try Sealing.open(sealed, key: key, context: context) == text)
    }

    @Test func theSameTextSealsDifferently() throws {
        let first = try Sealing.seal("a", for: subject, key: key, context: context)
        let second = try Sealing.seal("a", for: subject, key: key, context: context)
        #expect(first != second)
    }

    @Test(arguments: [
        SealContext(stream: StreamID("person-2"), version: 1, field: "email"),
        SealContext(stream: StreamID("person-1"), version: 2, field: "email"),
        SealContext(stream: StreamID("person-1"), version: 1, field: "name"),
        SealContext(stream: StreamID("person-11"), version: 1, field: "email"),
    ])
    func aSealedTextOpensNowhereElse(_ other: SealContext) throws {
        let sealed = try Sealing.seal("a", for: subject, key: key, context: context)
        #expect(throws: SealError.notAuthentic) {
            try Sealing.open(sealed, key: key, context: other)
        }
    }

    @Test func anotherKeyOpensNothing() throws {
        let sealed = try Sealing.seal("a", for: subject, key: key, context: context)
        #expect(throws: SealError.notAuthentic) {
            try Sealing.open(sealed, key: .generate(), context: context)
        }
    }

    @Test func everyChangedByteIsNoticed() throws {
        let box = try AuthenticatedBox.seal([1, 2, 3], key: key.bytes)
        for index in box.indices {
            var changed = box
            changed[index] ^= 1
            #expect(throws: SealError.notAuthentic) {
                try AuthenticatedBox.open(changed, key: key.bytes)
            }
        }
        #expect(throws: SealError.notAuthentic) {
            try AuthenticatedBox.open(Array(box.dropLast()), key: key.bytes)
        }
    }

    @Test func whatIsNoBoxIsSaidToBeNone() {
        #expect(throws: SealError.malformed) {
            try AuthenticatedBox.open([UInt8](repeating: 0, count: 27), key: key.bytes)
        }
        #expect(throws: SealError.malformed) {
            try Sealing.open(
                SealedText(subject: subject, box: "not base64url!"), key: key, context: context)
        }
        #expect(throws: SealError.wrongKeyLength) {
            try AuthenticatedBox.seal([1], key: [1, 2, 3])
        }
        #expect(throws: SealError.wrongKeyLength) {
            try AuthenticatedBox.open([UInt8](repeating: 0, count: 40), key: [])
        }
    }

    @Test func aKeyHasThirtyTwoBytes() {
        #expect(SubjectKey([UInt8](repeating: 1, count: 31)) == nil)
        #expect(SubjectKey([UInt8](repeating: 1, count: 32)) != nil)
        #expect(SubjectKey.generate() != SubjectKey.generate())
    }

    @Test func keysDoNotShowThemselves() {
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped, "\([key])"] {
            #expect(!text.contains("7, 7"))
            #expect(!text.contains("bytes"))
        }
    }
}
