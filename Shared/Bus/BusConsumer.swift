public import Runtime

/// Reads topics as a member of a consumer group.
///
/// Each partition is handled by one call at a time, in order; different partitions run in parallel.
/// Committed offsets are hints of where to go on: a record may be handled again after a crash or a
/// rebalance, so the handler must know what it has applied. When a partition moves to another
/// member, its handler is waited for and its offset committed before it is given up.
public final class BusConsumer: Sendable {
    /// How much is taken at once and held.
    public struct Options: Sendable {
        /// The most records that a handler gets in one batch.
        public var batchLimit = 500
        /// A partition stops being fetched while so many of its records wait.
        public var bufferLimit = 4_000
        /// The same limit in bytes of keys, values and headers.
        public var bufferBytesLimit = 4 << 20

        public init() {}
    }

    /// Prepares a consumer; `run` joins the group.
    public init(
        _ configuration: BusConfiguration, group: String, topics: [String], loop: EventLoop,
        logger: Logger, metrics: Metrics, options: Options = Options()
    ) throws(BusError) {
        preconditionFailure("the consumer is on its way")
    }

    /// Joins the group and hands every batch to `handler` on the loop, until shutdown; then waits for
    /// the handlers at work, commits, and leaves the group.
    ///
    /// A batch whose handler throws is offered again after a pause that grows to five seconds; its
    /// partition waits, the others go on. To pass over a record is the handler's own decision.
    ///
    /// - Throws: `BusError` when the client cannot go on.
    public func run(
        _ lifecycle: Lifecycle,
        handler: @escaping @Sendable (PartitionBatch) async throws -> Void
    ) async throws {
        preconditionFailure("the consumer is on its way")
    }
}
