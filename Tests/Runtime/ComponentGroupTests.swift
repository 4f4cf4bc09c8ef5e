import Runtime
import Synchronization
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct ComponentGroupTests {
    @Test func componentsStartInOrderAndStopInReverse() async throws {
        let journal = Journal()
        var group = ComponentGroup(logger: .silent)
        for name in ["pool", "store", "server"] {
            group.add(name) { lifecycle in
                journal.add("\(name) starts")
                lifecycle.ready()
                if name == "server" { UnixSignal.user1.raise() }
                await lifecycle.shutdownRequested()
                journal.add("\(name) stops")
            }
        }
        try await group.run(stopOn: [.user1])
        #expect(
            journal.entries == [
                "pool starts", "store starts", "server starts",
                "server stops", "store stops", "pool stops",
            ])
    }

    @Test func aComponentWaitsUntilTheOneBeforeIsReady() async throws {
        let journal = Journal()
        var group = ComponentGroup(logger: .silent)
        group.add("slow") { lifecycle in
            for _ in 0..<50 { await Task.yield() }
            journal.add("slow is ready")
            lifecycle.ready()
            await lifecycle.shutdownRequested()
        }
        group.add("next") { lifecycle in
            journal.add("next starts")
            lifecycle.ready()
            UnixSignal.user1.raise()
            await lifecycle.shutdownRequested()
        }
        try await group.run(stopOn: [.user1])
        #expect(journal.entries == ["slow is ready", "next starts"])
    }

    @Test func aComponentThatFailsStopsTheOthersAndIsNamed() async {
        let journal = Journal()
        var group = ComponentGroup(logger: .silent)
        group.add("pool") { lifecycle in
            lifecycle.ready()
            await lifecycle.shutdownRequested()
            journal.add("pool stops in peace: \(!Task.isCancelled)")
        }
        group.add("server") { _ in throw Fault() }
        let failure = await #expect(throws: ComponentFailure.self) {
            try await group.run(stopOn: [])
        }
        #expect(failure?.component == "server")
        #expect(failure?.underlying is Fault)
        #expect(journal.entries == ["pool stops in peace: true"])
    }

    @Test func aComponentThatEndsUnaskedIsAFailure() async {
        var group = ComponentGroup(logger: .silent)
        group.add("consumer") { lifecycle in lifecycle.ready() }
        let failure = await #expect(throws: ComponentFailure.self) {
            try await group.run(stopOn: [])
        }
        #expect(failure?.description == "consumer ended although nobody asked it to stop")
    }

    @Test func whatIsNotDoneByTheDeadlineIsCancelled() async throws {
        let journal = Journal()
        let sink = RecordingLogSink()
        var group = ComponentGroup(logger: .recording(sink), deadline: .milliseconds(20))
        group.add("stuck") { lifecycle in
            lifecycle.ready()
            UnixSignal.user1.raise()
            do {
                try await Task.sleep(for: .seconds(3_600))
            } catch {
                journal.add("cancelled")
            }
        }
        try await group.run(stopOn: [.user1])
        #expect(journal.entries == ["cancelled"])
        let complaint = sink.records.first { $0.level == .error }
        #expect(complaint?.fields.contains { $0.value.description == "stuck" } == true)
    }

    @Test func aSecondSignalCancelsAtOnce() async throws {
        let journal = Journal()
        var group = ComponentGroup(logger: .silent, deadline: .seconds(3_600))
        group.add("stuck") { lifecycle in
            lifecycle.ready()
            UnixSignal.user1.raise()
            await lifecycle.shutdownRequested()
            UnixSignal.user1.raise()
            do {
                try await Task.sleep(for: .seconds(3_600))
            } catch {
                journal.add("cancelled")
            }
        }
        try await group.run(stopOn: [.user1])
        #expect(journal.entries == ["cancelled"])
    }

    @Test func aSignalDuringTheStartStopsWhatHasStarted() async throws {
        let journal = Journal()
        var group = ComponentGroup(logger: .silent)
        group.add("slow") { lifecycle in
            UnixSignal.user1.raise()
            await lifecycle.shutdownRequested()
            journal.add("slow stops")
        }
        group.add("never") { _ in journal.add("never starts") }
        try await group.run(stopOn: [.user1])
        #expect(journal.entries == ["slow stops"])
    }

    @Test func cancellingTheCallerEndsTheGroupWithoutAFailure() async throws {
        let (starts, feed) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            var group = ComponentGroup(logger: .silent)
            group.add("server") { lifecycle in
                lifecycle.ready()
                feed.yield()
                try await Task.sleep(for: .seconds(3_600))
            }
            try await group.run(stopOn: [])
        }
        for await _ in starts { break }
        task.cancel()
        try await task.value
    }

    @Test func anEmptyGroupReturns() async throws {
        try await ComponentGroup(logger: .silent).run(stopOn: [])
    }

    @Test func aPinnedComponentRunsOnItsLoop() async {
        let loop = EventLoop()
        let isOnLoop = Atomic(false)
        var group = ComponentGroup(logger: .silent)
        group.add("pinned", on: loop) { lifecycle in
            isOnLoop.store(loop.isCurrent, ordering: .relaxed)
            throw Fault()
        }
        await #expect(throws: ComponentFailure.self) { try await group.run(stopOn: []) }
        let wasOnLoop = isOnLoop.load(ordering: .relaxed)
        #expect(wasOnLoop)
        loop.stop()
    }
}

@Suite(.timeLimit(.minutes(10))) struct LifecycleTests {
    @Test func whoeverWaitsForTheShutdownHearsOfItOnce() async {
        let lifecycle = Lifecycle()
        let calls = Atomic(0)
        lifecycle.onShutdown { calls.add(1, ordering: .relaxed) }
        async let waits: Void = lifecycle.shutdownRequested()
        lifecycle.requestShutdown()
        lifecycle.requestShutdown()
        await waits
        await lifecycle.shutdownRequested()
        #expect(lifecycle.isShuttingDown)
        let count = calls.load(ordering: .relaxed)
        #expect(count == 1)
    }

    @Test func aHandlerThatComesLateIsCalledAtOnce() {
        let lifecycle = Lifecycle()
        lifecycle.requestShutdown()
        let calls = Atomic(0)
        lifecycle.onShutdown { calls.add(1, ordering: .relaxed) }
        let count = calls.load(ordering: .relaxed)
        #expect(count == 1)
    }

    @Test func cancellationEndsTheWait() async {
        let lifecycle = Lifecycle()
        let task = Task { await lifecycle.waitUntilReady() }
        task.cancel()
        await task.value
        #expect(!lifecycle.isReady)
    }
}

private struct Fault: Error {}

private final class Journal: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var entries: [String] { lines.withLock { $0 } }
}
