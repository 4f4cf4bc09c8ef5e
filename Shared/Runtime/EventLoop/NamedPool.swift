internal import Glibc

/// A few threads of their own for work that blocks or computes for long: password hashing, C calls
/// without an asynchronous form.
///
/// `run` is the usual way in. As a `TaskExecutor` it also takes whole tasks
/// (`Task(executorPreference:)`).
public final class NamedPool: TaskExecutor, @unchecked Sendable {
    // Safety of `@unchecked`: `state` is touched with `lock` held only.

    /// The most closures that wait for a thread unless told otherwise.
    public static let defaultWaitingLimit = 1_024

    /// The work cannot wait: too much does already.
    public struct Overloaded: Error, CustomStringConvertible {
        /// The pool's name.
        public let pool: String
        /// A sentence for the log.
        public var description: String { "the pool \(pool) has too much waiting" }
    }

    private enum Work {
        case closure(@Sendable () -> Void)
        case job(UnownedJob)
    }

    private struct State {
        var work: [Work] = []
        var next = 0
        var waitingClosures = 0
        var isStopped = false
        var threads: Int
    }

    /// The name of the threads, for logs and debuggers.
    public let name: String
    private let waitingLimit: Int
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let arrival: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    /// Starts `threads` threads.
    public init(name: String, threads: Int, waitingLimit: Int = NamedPool.defaultWaitingLimit) {
        precondition(threads > 0, "a pool has threads")
        self.name = name
        self.waitingLimit = waitingLimit
        lock = .allocate(capacity: 1)
        arrival = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(arrival, nil)
        state = State(threads: threads)
        for _ in 0..<threads { NamedThread.start(name) { [self] in work() } }
    }

    /// Runs `body` on one of the threads and gives its result. A body that waits for a thread is
    /// not run any more once the caller is cancelled; one that runs is not interrupted.
    ///
    /// - Throws: `Overloaded`, `CancellationError`, or what `body` throws.
    public func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        let wish = Gate()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isTaken = take {
                    continuation.resume(
                        with: Swift.Result {
                            if wish.isOpen { throw CancellationError() }
                            return try body()
                        })
                }
                if !isTaken { continuation.resume(throwing: Overloaded(pool: name)) }
            }
        } onCancel: {
            wish.open()
        }
    }

    /// How much waits for a thread.
    public var waiting: Int { withLock { state.work.count - state.next } }

    /// Lets the threads end once nothing waits. Work that comes later is still done, by a thread
    /// that is started for it.
    public func stop() {
        withLock {
            state.isStopped = true
            pthread_cond_broadcast(arrival)
        }
    }

    /// Queues a job of a task; jobs are never refused.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        withLock { append(.job(job)) }
    }

    private func take(_ closure: @escaping @Sendable () -> Void) -> Bool {
        withLock {
            guard state.waitingClosures < waitingLimit else { return false }
            state.waitingClosures += 1
            append(.closure(closure))
            return true
        }
    }

    private func append(_ work: Work) {
        state.work.append(work)
        if state.threads == 0 {
            state.threads = 1
            NamedThread.start(name) { [self] in self.work() }
        }
        pthread_cond_signal(arrival)
    }

    private func work() {
        while let work = nextWork() {
            switch work {
            case .closure(let closure): closure()
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
    }

    /// Waits for work; nil when the thread should end.
    private func nextWork() -> Work? {
        withLock {
            while state.next == state.work.count {
                if state.isStopped {
                    state.threads -= 1
                    return nil
                }
                pthread_cond_wait(arrival, lock)
            }
            let work = state.work[state.next]
            state.next += 1
            if case .closure = work { state.waitingClosures -= 1 }
            if state.next == state.work.count || state.next >= 256 {
                state.work.removeFirst(state.next)
                state.next = 0
            }
            return work
        }
    }

    private func withLock<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(lock)
        arrival.deallocate()
        lock.deallocate()
    }
}
