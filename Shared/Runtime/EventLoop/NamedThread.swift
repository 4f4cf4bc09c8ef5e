internal import CLibEvent
internal import Glibc

/// Starts threads that debuggers and `top -H` show under a name: for loops, and for rare calls that
/// block, so that no loop and no pool waits for them.
package enum NamedThread {
    /// Returns what `body` returned on a new thread.
    package static func run<R: Sendable, Failure: Error>(
        _ name: String, _ body: @escaping @Sendable () throws(Failure) -> R
    ) async throws(Failure) -> R {
        let result = await withCheckedContinuation { continuation in
            start(name) {
                continuation.resume(
                    returning: Result { () throws(Failure) -> R in try body() })
            }
        }
        return try result.get()
    }

    /// Runs `body` on a new detached thread; its name is cut to 15 bytes, the kernel's limit.
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let context = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, nil,
            { context in
                let start = Unmanaged<Start>.fromOpaque(context!).takeRetainedValue()
                _ = souk_thread_name(String(decoding: start.name.utf8.prefix(15), as: UTF8.self))
                start.body()
                return nil
            }, context.toOpaque())
        precondition(failed == 0, "the system gives no thread")
        pthread_detach(thread)
    }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
