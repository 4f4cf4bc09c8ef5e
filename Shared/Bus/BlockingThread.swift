internal import Glibc

/// Runs calls of librdkafka that block on a thread of their own, so that no loop waits for them.
/// For what is rare: questions to brokers, and the end of a client.
enum BlockingThread {
    /// Returns what `body` returned on its thread.
    static func run<R: Sendable>(
        _ body: @escaping @Sendable () throws(BusError) -> R
    ) async throws(BusError) -> R {
        let result = await withCheckedContinuation { continuation in
            start {
                continuation.resume(
                    returning: Result { () throws(BusError) -> R in try body() })
            }
        }
        return try result.get()
    }

    /// Runs `body` on a new thread and does not wait.
    static func start(_ body: @escaping @Sendable () -> Void) {
        let context = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        precondition(failed == 0, "the system gives no thread")
        pthread_detach(thread)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
