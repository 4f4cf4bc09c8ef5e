/// How far a worker has brought a projection. Pure.
struct ProjectionCursor: Sendable, Equatable {
    private(set) var checkpoint: Int64
    /// Of the worker: raised by each one that takes over.
    let fence: Int64

    init(checkpoint: Int64, fence: Int64) {
        self.checkpoint = checkpoint
        self.fence = fence
    }

    /// Whether the projection's row, held in the transaction that is to apply the next events, is
    /// as this worker left it. Else another worker, or a rebuild, went on from there.
    func fits(checkpoint: Int64, fence: Int64) -> Bool {
        checkpoint == self.checkpoint && fence == self.fence
    }

    /// The transaction with the events up to `position` is durable.
    mutating func applied(upTo position: Int64) { checkpoint = position }
}
