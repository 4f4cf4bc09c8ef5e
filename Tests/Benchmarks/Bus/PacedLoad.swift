import EventStore
import EventTypes
import Runtime
import Synchronization

/// Commands at a steady rate, whether or not earlier ones are answered.
struct PacedLoad: Sendable {
    let log: BenchLog
    let rate: Int

    /// - Parameter note: told of each commit's position, right after it is durable.
    func run(seconds: Int, _ note: @escaping @Sendable (Int64) -> Void) async throws {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<rate * seconds {
                let due = start + .seconds(Double(number) / Double(rate))
                let early = ContinuousClock.now.duration(to: due)
                if early > .milliseconds(1) { try await log.loop.sleep(for: early) }
                group.addTask(executorPreference: log.loop) {
                    note(try await log.post(number % 2_000))
                }
            }
            try await group.waitForAll()
        }
    }
}

/// When events were committed, acknowledged by the bus, and applied elsewhere.
final class LineClock: Sendable {
    private let commits = Mutex<[Int64: ContinuousClock.Instant]>([:])

    /// Measures what `load` commits.
    func follow(
        _ line: BusLine, _ copy: BenchLog,
        _ load: (@escaping @Sendable (Int64) -> Void) async throws -> Void
    ) async throws -> (acknowledged: Percentiles, effect: Percentiles) {
        let first = line.source.store.tail.position
        let end = LastPosition()
        // Every millisecond: what has been written down as acknowledged, and how many effects.
        async let marks = watch(until: end) {
            (Int64(line.published.value()), copy.store.tail.position)
        }
        try await load { position in
            self.commits.withLock { $0[position] = .now }
        }
        end.value.store(line.source.store.tail.position, ordering: .releasing)
        let seen = await marks
        let times = commits.withLock { $0 }.filter { $0.key > first }
        func latencies(_ path: KeyPath<Mark, Int64>) -> Percentiles {
            var (at, found) = (0, [Double]())
            for (position, time) in times.sorted(by: { $0.key < $1.key }) {
                while at < seen.count, seen[at][keyPath: path] < position { at += 1 }
                guard at < seen.count else { break }
                found.append(max(0, time.duration(to: seen[at].time).inSeconds * 1_000))
            }
            return Percentiles(found)
        }
        return (latencies(\.acknowledged), latencies(\.applied))
    }

    /// What the last event is, once it is known.
    private final class LastPosition: Sendable {
        let value = Atomic<Int64>(.max)
    }

    private struct Mark: Sendable {
        let time: ContinuousClock.Instant
        let acknowledged: Int64
        let applied: Int64
    }

    private func watch(
        until end: LastPosition, _ look: @Sendable () -> (Int64, Int64)
    ) async -> [Mark] {
        var marks: [Mark] = []
        while true {
            let (acknowledged, applied) = look()
            marks.append(Mark(time: .now, acknowledged: acknowledged, applied: applied))
            if min(acknowledged, applied) >= end.value.load(ordering: .acquiring) { return marks }
            try? await Task.sleep(for: .milliseconds(1))
        }
    }
}
