public import Runtime

/// Sends records: idempotent, acknowledged by all in-sync replicas, compressed with lz4.
///
/// As a component it is ready at once and, on shutdown, delivers what it holds before it closes.
public final class BusProducer: Component {
    /// Connects in the background; brokers that are down are waited for.
    public init(
        _ configuration: BusConfiguration, loop: EventLoop, logger: Logger, metrics: Metrics
    ) throws(BusError) {
        preconditionFailure("the producer is on its way")
    }

    /// Sends one record and waits until it is acknowledged.
    ///
    /// While the queue is full the call waits for room. Cancellation does not take the record back.
    public func send(_ record: BusRecord) async throws(BusError) -> Delivery {
        preconditionFailure("the producer is on its way")
    }

    /// Sends records in order and waits until each is acknowledged or given up; the results stand in
    /// the order of the records.
    public func send(batch: [BusRecord]) async -> [Result<Delivery, BusError>] {
        preconditionFailure("the producer is on its way")
    }

    /// Returns once everything that was sent before has its result.
    public func flush() async {}

    /// Delivers what is queued, for at most `deadline`, then closes. Later sends fail with `closed`.
    public func close(deadline: Duration = .seconds(5)) async {}

    /// Runs until shutdown, then `close`s.
    public func run(_ lifecycle: Lifecycle) async throws {}
}
