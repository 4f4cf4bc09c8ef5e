internal import Runtime
internal import Synchronization

/// Works on processes, each at most once at a time in this program, and not on too many at once.
/// What it forgets when the program ends is taken up by the processes' timers.
final class ProcessRunner<ID: Hashable & Sendable>: Component {
    /// The most that wait for their turn; what is beyond is left to its timer.
    static var queueLimit: Int { 10_000 }

    private struct Job {
        let id: ID
        let isFirst: Bool
        /// Asked to shut down when the work has ended: whoever waits for that pauses on it.
        let end = Lifecycle()
    }

    private struct State {
        var jobs: [ID: Job] = [:]
        var queue: [Job] = []
        var running = 0
        var isClosing = false
    }

    private let loop: EventLoop
    private let limit: Int
    private let work: @Sendable (ID, Bool) async -> Void
    private let state = Mutex(State())
    private let idle = Mutex<[Lifecycle]>([])

    /// - Parameters:
    ///   - limit: the most that are worked on at once.
    ///   - work: goes on with one process for as long as there is something to do; is told
    ///     whether nobody can have worked on it before.
    init(
        loop: EventLoop, limit: Int, work: @escaping @Sendable (ID, Bool) async -> Void
    ) {
        self.loop = loop
        self.limit = limit
        self.work = work
    }

    /// Sees to it that somebody works on the process; no effect when somebody does.
    func begin(_ id: ID, isFirst: Bool = false) {
        let job = state.withLock { state -> Job? in
            guard !state.isClosing, state.jobs[id] == nil, state.queue.count < Self.queueLimit
            else { return nil }
            let job = Job(id: id, isFirst: isFirst)
            state.jobs[id] = job
            if state.running >= limit {
                state.queue.append(job)
                return nil
            }
            state.running += 1
            return job
        }
        if let job { start(job) }
    }

    private func start(_ job: Job) {
        Task(executorPreference: loop) {
            await self.work(job.id, job.isFirst)
            self.finish(job)
        }
    }

    private func finish(_ job: Job) {
        let (next, isIdle) = state.withLock { state -> (Job?, Bool) in
            state.jobs[job.id] = nil
            if !state.queue.isEmpty, !state.isClosing { return (state.queue.removeFirst(), false) }
            state.running -= 1
            return (nil, state.running == 0)
        }
        job.end.requestShutdown()
        if let next { start(next) }
        if isIdle {
            for gate in idle.withLock({ gates in
                defer { gates = [] }
                return gates
            }) { gate.requestShutdown() }
        }
    }

    /// Returns when nobody works on the process, or after `limit`.
    func wait(for id: ID, atMost limit: Duration) async {
        guard let job = state.withLock({ $0.jobs[id] }) else { return }
        _ = await job.end.pause(limit, on: loop)
    }

    /// Returns when nothing is worked on.
    func settle() async {
        let gate = Lifecycle()
        idle.withLock { $0.append(gate) }
        if state.withLock({ $0.running == 0 }) { gate.requestShutdown() }
        await gate.shutdownRequested()
    }

    /// Takes nothing new once it is told to stop, and waits for what is under way.
    func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.ready()
        await lifecycle.shutdownRequested()
        state.withLock { state in
            state.isClosing = true
            state.queue = []
        }
        await settle()
    }
}
