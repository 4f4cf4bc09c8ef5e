import EventTypes
import Foundation
import Runtime
import Testing

/// Figures of the runtime; they run with `make bench` only. The bounds are far above what a laptop
/// measures and catch a change of order, not of percents.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["SOUK_BENCH"] != nil))
struct RuntimeBenchmarks {
    private func measure(
        _ name: String, times: Int, atMost bound: Duration, _ body: () async throws -> Void
    ) async rethrows {
        let took = try await ContinuousClock().measure(body)
        let each = took / times
        print("\(name): \(each.inSeconds * 1e9) ns each, \(Int(Double(times) / took.inSeconds))/s")
        #expect(each < bound)
    }

    @Test func aCallOnTheSameLoop() async {
        let loop = EventLoop()
        await Task(executorPreference: loop) {
            await measure("call on the same loop", times: 100_000, atMost: .microseconds(20)) {
                for _ in 0..<100_000 { await Task.yield() }
            }
        }.value
        loop.stop()
    }

    @Test func aCallFromAnotherThread() async {
        let loop = EventLoop()
        await measure("call from another thread", times: 20_000, atMost: .microseconds(500)) {
            for _ in 0..<20_000 {
                await withCheckedContinuation { continuation in
                    loop.submit { continuation.resume() }
                }
            }
        }
        loop.stop()
    }

    @Test func aTimerOfTheLoop() async throws {
        let loop = EventLoop()
        try await Task(executorPreference: loop) {
            try await measure("sleep of no length", times: 20_000, atMost: .microseconds(100)) {
                for _ in 0..<20_000 { try await loop.sleep(for: .zero) }
            }
        }.value
        loop.stop()
    }

    @Test func aLogLine() async {
        let null = open("/dev/null", O_WRONLY)
        defer { close(null) }
        let logger = Logger(
            label: "bench", sink: StandardLogSink(format: .json, descriptor: null))
        await measure("log line with four facts", times: 50_000, atMost: .microseconds(100)) {
            for number in 0..<50_000 {
                logger.info(
                    "request answered",
                    ["method": "GET", "path": "/api/v1/offers", "status": 200, "number": number])
            }
        }
        await measure("log line below the level", times: 1_000_000, atMost: .microseconds(1)) {
            for number in 0..<1_000_000 { logger.debug("nothing", ["number": number]) }
        }
    }

    @Test func measurements() async {
        let metrics = Metrics()
        let counter = metrics.counter("bench_total", "Bench.", labels: ["method", "status"])
        let histogram = metrics.histogram("bench_seconds", "Bench.", labels: ["method"])
        await measure("counter with two labels", times: 500_000, atMost: .microseconds(10)) {
            for _ in 0..<500_000 { counter.add(1, "GET", "200") }
        }
        await measure("histogram with a label", times: 500_000, atMost: .microseconds(10)) {
            for _ in 0..<500_000 { histogram.observe(.milliseconds(3), "GET") }
        }
    }

    @Test func newIdentifiers() async {
        let generator = UUIDv7Generator()
        await measure("UUIDv7", times: 1_000_000, atMost: .microseconds(5)) {
            for _ in 0..<1_000_000 { _ = generator.next(UserTag.self) }
        }
    }
}
