import EventTypes
import Foundation
import JSON
import Testing

/// How much faster than Foundation's coder ours reads and writes events; with `make bench` only.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["SOUK_BENCH"] != nil))
struct JSONBenchmarks {
    private static let times = 50_000

    private func time(_ body: () throws -> Void) rethrows -> Double {
        let took = try ContinuousClock().measure { for _ in 0..<Self.times { try body() } }
        return Double(took.components.attoseconds) / 1e18 + Double(took.components.seconds)
    }

    @Test func readingAndWritingAnEvent() throws {
        let event = CashbackConversionPending.example
        let bytes = try JSON.encode(event)
        let data = Data(bytes)
        let reader = JSONDecoder()
        let writer = JSONEncoder()
        let ours = try time { _ = try JSON.decode(CashbackConversionPending.self, from: bytes) }
        let theirs = try time { _ = try reader.decode(CashbackConversionPending.self, from: data) }
        let written = try time { _ = try JSON.encode(event) }
        let writtenByThem = try time { _ = try writer.encode(event) }
        let micro = 1e6 / Double(Self.times)
        print("reading \(bytes.count) bytes: \(ours * micro) µs, Foundation \(theirs * micro) µs")
        print("writing: \(written * micro) µs, Foundation \(writtenByThem * micro) µs")
        #expect(theirs / ours > 2)
        #expect(writtenByThem / written > 1.5)
    }
}
