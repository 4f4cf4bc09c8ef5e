import Foundation
import Runtime
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct EventLoopTests {
    @Test func aPinnedTaskRunsOnTheLoopsThread() async {
        let loop = EventLoop()
        let isOnLoop = await Task(executorPreference: loop) { loop.isCurrent }.value
        #expect(isOnLoop)
        #expect(!loop.isCurrent)
        loop.stop()
    }

    @Test func sleepIsCancelledAtOnce() async {
        let loop = EventLoop()
        let sleeper = Task(executorPreference: loop) { try await loop.sleep(for: .seconds(3600)) }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        loop.stop()
    }

    @Test func tenThousandHopsFromManyTasksAllRun() async {
        let loop = EventLoop()
        let total = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask(executorPreference: loop) {
                    var count = 0
                    for _ in 0..<100 {
                        await Task.yield()
                        count += loop.isCurrent ? 1 : 0
                    }
                    return count
                }
            }
            return await group.reduce(0, +)
        }
        #expect(total == 10_000)
        loop.stop()
    }

    @Test func wakeUpsFromManyThreadsAreNeverLost() async {
        let loop = EventLoop()
        let total = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    var count = 0
                    for _ in 0..<500 {
                        count += await withCheckedContinuation { continuation in
                            loop.submit { continuation.resume(returning: 1) }
                        }
                    }
                    return count
                }
            }
            return await group.reduce(0, +)
        }
        #expect(total == 8_000)
        loop.stop()
    }

    @Test func aTaskThatNeverRestsKeepsNeitherTimersNorDescriptorsFromTheirTurn() async throws {
        let loop = EventLoop()
        let isDone = Atomic(false)
        let busy = Task(executorPreference: loop) {
            while !isDone.load(ordering: .relaxed) { await Task.yield() }
        }
        try await loop.sleep(for: .milliseconds(5))

        let pipe = Pipe()
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        await withCheckedContinuation { continuation in
            loop.submit {
                let holder = Holder<FileDescriptorWatch>()
                holder.value = FileDescriptorWatch(descriptor, on: loop) { ready in
                    guard ready.contains(.readable), let watch = holder.value else { return }
                    watch.stop()
                    holder.value = nil
                    continuation.resume()
                }
                holder.value?.wait(for: .readable)
                pipe.fileHandleForWriting.write(Data([1]))
            }
        }
        isDone.store(true, ordering: .relaxed)
        await busy.value
        loop.stop()
    }

    @Test func callbacksKeepTheirOrder() async {
        let loop = EventLoop()
        let seen = Holder<[Int]>()
        seen.value = []
        let order = await withCheckedContinuation { continuation in
            for number in 0..<1_000 { loop.submit { seen.value?.append(number) } }
            loop.submit { continuation.resume(returning: seen.value) }
        }
        #expect(order == Array(0..<1_000))
        loop.stop()
    }

    @Test func aTimerRepeatsUntilItIsCancelledFromItsOwnCallback() async {
        let loop = EventLoop()
        let count = await withCheckedContinuation { continuation in
            loop.submit {
                let timer = Holder<LoopTimer>()
                let fired = Holder<Int>()
                timer.value = LoopTimer(on: loop) {
                    fired.value = (fired.value ?? 0) + 1
                    guard fired.value == 3 else { return }
                    timer.value?.cancel()
                    timer.value = nil
                    continuation.resume(returning: fired.value)
                }
                timer.value?.start(after: .milliseconds(1), repeats: true)
            }
        }
        #expect(count == 3)
        loop.stop()
    }

    @Test func aReleasedTimerFiresNoMore() async throws {
        let loop = EventLoop()
        let hasFired = Atomic(false)
        await withCheckedContinuation { continuation in
            loop.submit {
                let timer = LoopTimer(on: loop) { hasFired.store(true, ordering: .relaxed) }
                timer.start(after: .milliseconds(1))
                continuation.resume()
            }
        }
        try await loop.sleep(for: .milliseconds(10))
        let fired = hasFired.load(ordering: .relaxed)
        #expect(!fired)
        loop.stop()
    }

    @Test func workThatComesAfterTheStopIsStillDone() async {
        let loop = EventLoop()
        loop.stop()
        let results = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask(executorPreference: loop) {
                    await Task.yield()
                    return loop.isCurrent
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == Array(repeating: true, count: 50))
    }

    @Test func whatReturnsGoesOnAtOnce() async {
        let loop = EventLoop()
        let order = Mutex<[String]>([])
        let note = { @Sendable (step: String) in order.withLock { $0.append(step) } }
        @Sendable func inner(_ name: String) async {
            await Task.yield()
            note("\(name) inside")
        }
        await withDiscardingTaskGroup { group in
            for name in ["one", "two"] {
                group.addTask(executorPreference: loop) {
                    // Both begin before either goes on.
                    await inner(name)
                    note("\(name) outside")
                }
            }
        }
        let steps = order.withLock { $0 }
        for name in ["one", "two"] {
            let index = steps.firstIndex(of: "\(name) inside") ?? 0
            #expect(steps[index...].dropFirst().first == "\(name) outside")
        }
        loop.stop()
    }

    @Test func anActorOfTheLoopStaysIsolatedAmongItsTasks() async {
        let loop = EventLoop()
        let counter = LoopActor(loop)
        await withDiscardingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask(executorPreference: loop) {
                    let before = await counter.add()
                    let isOnLoop = loop.isCurrent
                    #expect(before && isOnLoop)
                    await counter.addIsolated()
                }
            }
        }
        #expect(await counter.count == 100)
        loop.stop()
    }

    @Test func aStoppedLoopIsReleased() async {
        weak var released: EventLoop?
        do {
            let loop = EventLoop()
            released = loop
            loop.stop()
        }
        while released != nil { await Task.yield() }
    }

    @Test func anActorOfTheLoopIsIsolatedByIt() async {
        let loop = EventLoop()
        let counter = LoopActor(loop)
        let sum = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 { group.addTask { await counter.add() } }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(sum)
        #expect(await counter.count == 200)
        loop.stop()
    }
}

private actor LoopActor {
    private let loop: EventLoop
    var count = 0
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(_ loop: EventLoop) { self.loop = loop }

    func add() -> Bool {
        count += 1
        return loop.isCurrent
    }

    /// The same after having waited, where the runtime is asked who isolates.
    func addIsolated() async {
        await Task.yield()
        preconditionIsolated()
        count += 1
    }
}

/// Holds something that a callback on the loop needs; touched on the loop only.
private final class Holder<Value>: @unchecked Sendable {
    var value: Value?
}
