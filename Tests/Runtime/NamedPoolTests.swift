import Foundation
import Runtime
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct NamedPoolTests {
    @Test func workRunsOnThePoolsThreadsAndItsErrorsComeBack() async throws {
        struct Fault: Error {}
        let pool = NamedPool(name: "hashing", threads: 2)
        #expect(try await pool.run { Self.threadName() } == "hashing")
        await #expect(throws: Fault.self) { try await pool.run { throw Fault() } }
        pool.stop()
    }

    @Test func noMoreRunsAtOnceThanThereAreThreads() async throws {
        let pool = NamedPool(name: "pool", threads: 2)
        let counts = Counts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    try await pool.run {
                        counts.enter()
                        for _ in 0..<100 { sched_yield() }
                        counts.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect((1...2).contains(counts.most))
        pool.stop()
    }

    @Test func whatCannotWaitIsRefused() async throws {
        let pool = NamedPool(name: "pool", threads: 1, waitingLimit: 1)
        let gate = DispatchSemaphore(value: 0)
        let (started, feed) = AsyncStream.makeStream(of: Void.self)
        async let running: Void = pool.run {
            feed.yield()
            gate.wait()
        }
        for await _ in started { break }
        async let waiting: Int = pool.run { 1 }
        while pool.waiting < 1 { await Task.yield() }
        await #expect(throws: NamedPool.Overloaded.self) { try await pool.run { 2 } }
        gate.signal()
        try await running
        #expect(try await waiting == 1)
        pool.stop()
    }

    @Test func workWhoseCallerIsGoneIsNotRun() async throws {
        let pool = NamedPool(name: "pool", threads: 1)
        let gate = DispatchSemaphore(value: 0)
        let (started, feed) = AsyncStream.makeStream(of: Void.self)
        async let running: Void = pool.run {
            feed.yield()
            gate.wait()
        }
        for await _ in started { break }
        let gone = Task {
            try await pool.run { Issue.record("ran although its caller was cancelled") }
        }
        while pool.waiting < 1 { await Task.yield() }
        gone.cancel()
        gate.signal()
        await #expect(throws: CancellationError.self) { try await gone.value }
        try await running
        pool.stop()
    }

    @Test func aTaskMayPreferThePool() async {
        let pool = NamedPool(name: "preferred", threads: 2)
        let name = await Task(executorPreference: pool) {
            await Task.yield()
            return Self.threadName()
        }.value
        #expect(name == "preferred")
        pool.stop()
    }

    @Test func workThatComesAfterTheStopIsStillDone() async throws {
        let pool = NamedPool(name: "pool", threads: 1)
        pool.stop()
        #expect(try await pool.run { 5 } == 5)
    }

    private static func threadName() -> String {
        let path = "/proc/thread-self/comm"
        return (try? String(contentsOfFile: path, encoding: .utf8).dropLast()).map(String.init)
            ?? ""
    }
}

/// How many are inside, and how many were at most.
private final class Counts: Sendable {
    private let state = Mutex((now: 0, most: 0))
    func enter() {
        state.withLock { state in
            state.now += 1
            state.most = max(state.most, state.now)
        }
    }
    func leave() { state.withLock { $0.now -= 1 } }
    var most: Int { state.withLock { $0.most } }
}
