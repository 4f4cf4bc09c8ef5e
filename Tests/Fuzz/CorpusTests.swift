import Foundation
import FuzzedParsers
import Testing

/// Every input that a fuzzer found worth keeping, crashes of the past among them, read anew.
/// `make fuzz` looks for more.
@Suite struct CorpusTests {
    private static let corpora = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().appending(path: "Corpora")
    /// The most bytes that one parser's corpus may take in the repository.
    private static let sizeLimit = 250_000

    @Test(arguments: FuzzedParser.allCases)
    func everyKeptInputHoldsWhatTheParserPromises(_ parser: FuzzedParser) throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.corpora.appending(path: parser.rawValue), includingPropertiesForKeys: nil)
        #expect(files.count > 20, "the corpus of \(parser) is gone")
        var size = 0
        for file in files.sorted(by: { $0.path < $1.path }) {
            let input = Array(try Data(contentsOf: file))
            size += input.count
            #expect(parser.brokenPromise(input) == nil, "\(parser)/\(file.lastPathComponent)")
        }
        #expect(size <= Self.sizeLimit, "minimise the corpus of \(parser)")
    }

    /// Cut, doubled and changed at random, which needs no fuzzer.
    @Test(arguments: FuzzedParser.allCases)
    func nearMissesOfThemHoldItToo(_ parser: FuzzedParser) throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.corpora.appending(path: parser.rawValue), includingPropertiesForKeys: nil)
        var random = SeededBytes(seed: 42)
        for file in files.sorted(by: { $0.path < $1.path }).prefix(200) {
            let input = random.changed(Array(try Data(contentsOf: file)))
            #expect(parser.brokenPromise(input) == nil, "\(parser): \(input)")
        }
    }
}

/// A generator of the same numbers in each run (SplitMix64).
private struct SeededBytes: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func changed(_ input: [UInt8]) -> [UInt8] {
        guard !input.isEmpty else { return [UInt8.random(in: 0...255, using: &self)] }
        var bytes = input
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<4, using: &self) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &self), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }
}
