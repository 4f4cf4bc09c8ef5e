import EventTypes
import Foundation
import Runtime
import TestSupport
import Testing

@Suite struct ClockTests {
    @Test func theSystemClockTellsTheTime() {
        let difference = SystemClock().now().since(
            Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)))
        #expect(abs(difference.inSeconds) < 5)
    }

    @Test func identifiersHaveVersionVariantAndTime() {
        let clock = ManualClock(Timestamp(microseconds: 1_645_557_742_000_000))
        let text = UUIDv7Generator(clock: clock).next(UserTag.self).description
        // The time of the example in RFC 9562, appendix A.6.
        #expect(text.hasPrefix("017f22e2-79b0-7"))
        #expect("89ab".contains(text[text.index(text.startIndex, offsetBy: 19)]))
    }

    @Test func identifiersIncreaseWithinAMillisecondAndWhenTheClockStepsBack() {
        let clock = ManualClock()
        let generator = UUIDv7Generator(clock: clock, random: ExtremeRandom())
        var last: UserID = generator.next()
        for round in 0..<20_000 {
            if round == 10_000 { clock.advance(by: .seconds(-60)) }
            let next: UserID = generator.next()
            #expect(next > last)
            #expect(next.high >> 12 & 15 == 7 && next.low >> 62 == 2)
            last = next
        }
    }

    @Test func identifiersOfManyTasksAreAllDifferent() async {
        let generator = UUIDv7Generator()
        let all = await withTaskGroup(of: [UserID].self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<2_000).map { _ in generator.next() } }
            }
            return await group.reduce(into: Set<UserID>()) { $0.formUnion($1) }
        }
        #expect(all.count == 16_000)
    }

    @Test(arguments: [0, 1, 7, 256, 257, 5_000])
    func theKernelGivesAsManyBytesAsAsked(count: Int) {
        let bytes = SystemRandom().bytes(count)
        #expect(bytes.count == count)
        if count >= 256 { #expect(Set(bytes).count > 64) }
    }

    @Test func boundedNumbersAreEvenlySpread() {
        let random = SeededRandom(7)
        var counts = [Int](repeating: 0, count: 6)
        for _ in 0..<6_000 { counts[Int(random.uniform(below: 6))] += 1 }
        #expect(counts.allSatisfy { (850...1_150).contains($0) })
    }

    @Test func aSeedRepeatsItself() {
        #expect(SeededRandom(3).bytes(20) == SeededRandom(3).bytes(20))
        #expect(SeededRandom(3).bytes(20) != SeededRandom(4).bytes(20))
    }
}

/// All bits set: the case in which the random part overflows.
private struct ExtremeRandom: RandomSource {
    func bytes(_ count: Int) -> [UInt8] { Array(repeating: 0xFF, count: count) }
}

@Suite("Pooled randomness") struct PooledRandomTests {
    @Test func `no bytes are given twice`() {
        let random = PooledRandom()
        var words: Set<UInt64> = []
        for _ in 0..<1_000 {
            words.insert(random.word())
            words.insert(random.bytes(8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
        }
        #expect(words.count == 2_000)
        for count in [0, 1, 1_024, 1_025, 5_000] { #expect(random.bytes(count).count == count) }
    }
}
