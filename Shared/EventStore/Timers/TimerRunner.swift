public import Runtime

/// Handles timers when they are due by the database's clock.
public final class TimerRunner: Component {
    public init(
        store: PostgresEventStore, handlers: [TimerHandler], loop: EventLoop, logger: Logger,
        metrics: Metrics
    ) {}

    public func run(_ lifecycle: Lifecycle) async throws { throw EventStoreError.closed }
}
