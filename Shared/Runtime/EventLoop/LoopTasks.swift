/// Starts tasks that run on one loop from their beginning to their end, but for their child tasks
/// and for what they call that is marked `@concurrent`.
///
/// A preference for the loop as an executor does the same, and holds for those as well. It is
/// looked up under a lock whenever something asynchronous returns, though, which for a request adds
/// up to more than its parsing.
public actor LoopTasks {
    private nonisolated let loop: EventLoop

    /// Tasks for `loop`, which this keeps alive.
    public init(_ loop: EventLoop) { self.loop = loop }

    /// The loop.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        loop.asUnownedSerialExecutor()
    }

    /// Begins a task on the caller's thread, which must be the loop's; where it has to wait for
    /// something, it goes on later on the same thread.
    public nonisolated func start(
        _ body: @escaping @Sendable () async -> Void
    ) -> Task<Void, Never> {
        assumeIsolated { $0.begin(body) }
    }

    private func begin(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task.immediate {
            // Which makes it this actor's.
            _ = self
            await body()
        }
    }
}
