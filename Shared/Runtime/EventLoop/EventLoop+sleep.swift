extension EventLoop {
    /// Suspends the caller for `duration` by the loop's own timer; the task continues on the
    /// executor it came from.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func sleep(for duration: Duration) async throws {
        let sleeper = Sleeper()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit {
                    sleeper.start(on: self, for: duration, continuation)
                }
            }
        } onCancel: {
            submit { sleeper.cancel() }
        }
    }
}

/// One sleep: result, wait and cancellation may come in any order, each on the loop.
private final class Sleeper: @unchecked Sendable {
    // Safety of `@unchecked`: touched on the loop's thread only, through `submit`.
    private var timer: LoopTimer?
    private var continuation: CheckedContinuation<Void, any Error>?
    private var isCancelled = false

    func start(
        on loop: EventLoop, for duration: Duration,
        _ continuation: CheckedContinuation<Void, any Error>
    ) {
        if isCancelled { return continuation.resume(throwing: CancellationError()) }
        self.continuation = continuation
        let timer = LoopTimer(on: loop) { [weak self] in self?.finish(.success(())) }
        self.timer = timer
        timer.start(after: duration)
    }

    func cancel() {
        isCancelled = true
        finish(.failure(CancellationError()))
    }

    private func finish(_ result: Result<Void, any Error>) {
        timer?.cancel()
        timer = nil
        continuation?.resume(with: result)
        continuation = nil
    }
}
