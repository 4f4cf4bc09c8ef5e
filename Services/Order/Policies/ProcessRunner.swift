internal import EventStore
internal import Runtime
internal import Synchronization

/// Works on processes, each at most once at a time in this program, and not on too many at once.
/// What it forgets when the program ends is taken up by the processes' timers.
final class ProcessRunner<ID: Hashable & Sendable>: Component {
    /// The most that are known at once; what is beyond is left to its timer.
    static var jobLimit: Int { 10_000 }

    /// One process to go on with.
    struct Job: Sendable {
        let id: ID
        /// The request that set it off; nil when a timer did.
        let cause: EventMetadata?
        /// Whether nobody can have worked on it before.
        let isFirst: Bool
        /// Asked to shut down when the work has ended: whoever waits for that pauses on it.
        fileprivate let end = Lifecycle()
    }

    private struct State {
        var jobs: [ID: Job] = [:]
        var isClosing = false
        /// Asked to shut down when there are no jobs any more.
        var idle: [Lifecycle] = []
    }

    private let loop: EventLoop
    private let limit: Int
    private let work: @Sendable (Job) async -> Void
    private let state = Mutex(State())
    private let arrivals: AsyncStream<Job>
    private let feed: AsyncStream<Job>.Continuation

    /// - Parameters:
    ///   - limit: the most that are worked on at once.
    ///   - work: goes on with one process for as long as there is something to do.
    init(loop: EventLoop, limit: Int, work: @escaping @Sendable (Job) async -> Void) {
        self.loop = loop
        self.limit = limit
        self.work = work
        (arrivals, feed) = AsyncStream.makeStream(of: Job.self)
    }

    /// Sees to it that somebody works on the process; no effect when somebody does.
    func begin(_ id: ID, cause: EventMetadata? = nil, isFirst: Bool = false) {
        let job = Job(id: id, cause: cause, isFirst: isFirst)
        let isNew = state.withLock { state in
            guard !state.isClosing, state.jobs[id] == nil, state.jobs.count < Self.jobLimit else {
                return false
            }
            state.jobs[id] = job
            return true
        }
        if isNew { feed.yield(job) }
    }

    /// Returns when nobody works on the process, or after `limit`.
    func wait(for id: ID, atMost limit: Duration) async {
        guard let job = state.withLock({ $0.jobs[id] }) else { return }
        _ = await job.end.pause(limit, on: loop)
    }

    /// Returns when nothing is left to work on.
    func settle() async {
        let gate = Lifecycle()
        state.withLock { state in
            if state.jobs.isEmpty { gate.requestShutdown() } else { state.idle.append(gate) }
        }
        await gate.shutdownRequested()
    }

    /// Takes nothing new once it is told to stop, and waits for what is under way.
    func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.onShutdown {
            self.state.withLock { $0.isClosing = true }
            self.feed.finish()
        }
        lifecycle.ready()
        await withTaskGroup(of: Void.self) { group in
            var count = 0
            for await job in arrivals {
                if state.withLock({ $0.isClosing }) {
                    finish(job)
                    continue
                }
                if count >= limit {
                    await group.next()
                    count -= 1
                }
                count += 1
                group.addTask(executorPreference: loop) {
                    await self.work(job)
                    self.finish(job)
                }
            }
        }
    }

    private func finish(_ job: Job) {
        let idle = state.withLock { state -> [Lifecycle] in
            state.jobs[job.id] = nil
            guard state.jobs.isEmpty else { return [] }
            defer { state.idle = [] }
            return state.idle
        }
        job.end.requestShutdown()
        for gate in idle { gate.requestShutdown() }
    }
}
