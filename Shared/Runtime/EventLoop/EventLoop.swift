internal import CLibEvent
internal import Glibc
internal import Synchronization

/// One thread that runs one libevent base and, between its I/O callbacks, Swift jobs.
///
/// It is an executor: a task pinned to it (`Task(executorPreference:)`,
/// `addTask(executorPreference:)`) runs all its nonisolated code on the loop's thread. An actor
/// whose `unownedExecutor` is the loop's `asUnownedSerialExecutor` is isolated by it; C callbacks
/// of the loop run on the same thread, so they may use `assumeIsolated` on such actors.
///
/// Jobs are drained in batches of about `drainLimit`, then I/O has its turn. Nothing that blocks
/// may run here: use the global executor (`@concurrent`) or a `NamedPool`.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
    // Safety of `@unchecked`: `base` and `wake` are touched by the loop's thread only, apart from
    // `event_active`, which libevent allows from any thread after `evthread_use_pthreads`; `turn`
    // is touched by the loop's thread only; everything else is behind `queue`.

    /// About the most jobs that run before I/O is looked at again; a batch that is there is not
    /// cut.
    public static let drainLimit = 256

    private struct Job {
        let job: UnownedJob
        /// Whether it is an actor's, which the loop isolates.
        let isIsolated: Bool
    }

    private struct Batch {
        var jobs: [Job] = []
        var callbacks: [@Sendable () -> Void] = []

        var count: Int { jobs.count + callbacks.count }

        mutating func removeAll() {
            jobs.removeAll(keepingCapacity: true)
            callbacks.removeAll(keepingCapacity: true)
        }
    }

    private struct Queue {
        var batch = Batch()
        /// Whether somebody woke the loop, or the loop woke itself, and it has not yet found the
        /// queue empty since.
        var isWakePending = false
        /// Whether the thread has ended; the next entry then starts another, see `stop()`.
        var hasThread = true
    }

    /// The name of the thread, for logs and debuggers.
    public let name: String
    let base: OpaquePointer
    private let wake: OpaquePointer
    private let queue = Mutex(Queue())
    private let threadID = Atomic<UInt64>(0)
    private var turn = Batch()
    /// Of the loop's streams, and touched by its thread only.
    let outbox = Outbox()

    private static let threading: Void = {
        _ = evthread_use_pthreads()
        _ = signal(SIGPIPE, SIG_IGN)
    }()

    /// Creates the loop and starts its thread.
    public init(name: String = "loop") {
        _ = Self.threading
        self.name = name
        guard let base = event_base_new() else { preconditionFailure("libevent gave no base") }
        self.base = base
        let box = WakeBox()
        guard
            let wake = event_new(
                base, -1, 0,
                { _, _, context in
                    Unmanaged<WakeBox>.fromOpaque(context!).takeUnretainedValue().loop?.drain()
                }, Unmanaged.passUnretained(box).toOpaque())
        else { preconditionFailure("libevent gave no event") }
        self.wake = wake
        wakeBox = box
        box.loop = self
        isolation.loop = self
        NamedThread.start(name) { [self] in run() }
    }

    /// Where the wake-up event finds its loop; the loop's thread keeps the loop alive while it
    /// runs, and nobody else calls the event. A weak reference would make every other one slower.
    private final class WakeBox { unowned(unsafe) var loop: EventLoop? }
    private let wakeBox: WakeBox
    private let isolation = LoopIsolation()

    private func run() {
        threadID.store(UInt64(pthread_self()), ordering: .releasing)
        let noExitOnEmpty: CInt = 0x04
        _ = event_base_loop(base, noExitOnEmpty)
        drainToTheEnd()
    }

    /// Whether the caller runs on this loop's thread.
    public var isCurrent: Bool {
        threadID.load(ordering: .acquiring) == UInt64(pthread_self())
    }

    /// Traps when called from another thread: a duty of callers that touch loop-confined state.
    public func preconditionCurrent() {
        precondition(isCurrent, "called off the event loop \(name)")
    }

    /// Runs `callback` on the loop's thread, after the I/O at hand. Callable from any thread;
    /// callbacks keep their order among themselves, but run before jobs of the same turn.
    public func submit(_ callback: @escaping @Sendable () -> Void) {
        enqueue { $0.callbacks.append(callback) }
    }

    private enum Waking { case nothing, event, thread }

    private func enqueue(_ add: (inout Batch) -> Void) {
        let waking = queue.withLock { queue -> Waking in
            add(&queue.batch)
            if !queue.hasThread {
                queue.hasThread = true
                return .thread
            }
            if queue.isWakePending { return .nothing }
            queue.isWakePending = true
            return .event
        }
        switch waking {
        case .nothing: break
        case .event: event_active(wake, CInt(souk_ev_write()), 0)
        case .thread: NamedThread.start(name) { [self] in finishLateWork() }
        }
    }

    /// Runs what is queued until nothing is or the budget is used up; then I/O first.
    private func drain() {
        var budget = Self.drainLimit
        while budget > 0 {
            let isEmpty = queue.withLock { queue in
                if queue.batch.count == 0 { queue.isWakePending = false }
                swap(&queue.batch, &turn)
                return turn.count == 0
            }
            if isEmpty { return }
            budget -= turn.count
            runTurn()
        }
        // Activating the event again would run it before I/O is polled; a timer of no length comes
        // after it.
        var now = timeval()
        event_add(wake, &now)
    }

    private func runTurn() {
        for callback in turn.callbacks { callback() }
        for job in turn.jobs { run(job) }
        turn.removeAll()
    }

    /// Code without isolation is run without it: whatever returns to such code would otherwise be
    /// queued anew to lose it.
    private func run(_ job: Job) {
        if job.isIsolated {
            job.job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        } else {
            job.job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    private func drainToTheEnd() {
        while true {
            let isDone = queue.withLock { queue in
                if queue.batch.count == 0 { queue.hasThread = false }
                swap(&queue.batch, &turn)
                return turn.count == 0
            }
            if isDone { break }
            runTurn()
        }
        // The system may give the number to another thread, which is not this loop's.
        _ = threadID.compareExchange(
            expected: UInt64(pthread_self()), desired: 0, ordering: .acquiringAndReleasing)
    }

    private func finishLateWork() {
        threadID.store(UInt64(pthread_self()), ordering: .releasing)
        drainToTheEnd()
    }

    /// Stops the thread once the jobs at hand have run. Stop a loop only after everything pinned to
    /// it has ended: its timers and descriptors are dead from then on. Jobs that still come are run
    /// on a thread of their own, so that no task is lost half-way.
    public func stop() {
        submit { [self] in
            event_base_loopbreak(base)
        }
    }

    deinit {
        event_free(wake)
        event_base_free(base)
    }

    // MARK: Executors

    /// Queues a job of a task.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = Job(job: UnownedJob(job), isIsolated: false)
        enqueue { $0.jobs.append(job) }
    }

    fileprivate func enqueueIsolated(_ job: consuming ExecutorJob) {
        let job = Job(job: UnownedJob(job), isIsolated: true)
        enqueue { $0.jobs.append(job) }
    }

    /// The loop as an actor's executor; the actor must keep the loop alive.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: isolation)
    }
}

/// A loop as what isolates actors.
private final class LoopIsolation: SerialExecutor, @unchecked Sendable {
    // Safety of `@unchecked`: set by the loop's initialiser, before anybody else has it.

    /// Whoever has a job for an actor has the actor, and that has the loop.
    unowned(unsafe) var loop: EventLoop!

    func enqueue(_ job: consuming ExecutorJob) { loop.enqueueIsolated(job) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    func checkIsolated() { loop.preconditionCurrent() }

    func isIsolatingCurrentContext() -> Bool? { loop.isCurrent }
}
