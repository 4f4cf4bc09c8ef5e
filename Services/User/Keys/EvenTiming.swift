internal import Runtime

/// Makes answers come at even times, so that the clock does not tell what was done for them.
struct EvenTiming: Sendable {
    let loop: EventLoop
    /// An answer comes at a multiple of this after its request; zero for at once.
    let step: Duration

    /// Runs `body` and gives its outcome, result or error, when the present step is over.
    func run<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        let start = ContinuousClock.now
        let outcome: Result<R, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        if step > .zero {
            let rest = Self.rest(of: step, after: ContinuousClock.now - start)
            try await loop.sleep(for: rest)
        }
        return try outcome.get()
    }

    /// How long it is to the next multiple of `step`.
    static func rest(of step: Duration, after elapsed: Duration) -> Duration {
        let steps = Int64(elapsed / step)
        return step * Double(steps + 1) - elapsed
    }
}
