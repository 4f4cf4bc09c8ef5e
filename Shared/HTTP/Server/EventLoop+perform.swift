internal import Runtime

extension EventLoop {
    /// Runs `body` now when called on the loop's thread, as soon as possible otherwise.
    func perform(_ body: @escaping @Sendable () -> Void) {
        if isCurrent { body() } else { submit(body) }
    }

    /// Runs `body` on the loop's thread and gives its result.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            perform { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
