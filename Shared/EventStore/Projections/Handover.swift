/// Where a projection that was built anew takes over from the present one. Pure.
///
/// It is made of the projection's row while that is held: so the present tables stand still, and
/// whoever writes to them next finds the row changed.
struct Handover: Sendable, Equatable {
    /// What both are brought to before they are compared and switched. The new tables, built to the
    /// log's head, may be ahead of the present ones.
    let position: Int64
    /// Where the new tables are.
    let reached: Int64
    /// Where the present tables are; nil when they have another form and are left as they are.
    let present: Int64?
    /// Where the tables that are replaced are then.
    var previous: Int64 { present == nil ? checkpoint : position }
    private let checkpoint: Int64
    /// Shuts out workers that know another form only: they must not write into the new tables.
    let fence: Int64

    init(
        checkpoint: Int64, fence: Int64, hasSameForm: Bool, reached: Int64
    ) {
        self.checkpoint = checkpoint
        position = max(checkpoint, reached)
        self.reached = reached
        present = hasSameForm ? checkpoint : nil
        self.fence = hasSameForm ? fence : fence + 1
    }

    /// How near to the present tables the new ones are before the switch, in events.
    static let nearness: Int64 = 500

    /// Up to where the new tables are to be brought before they may be switched; nil when they are
    /// near enough.
    static func catchUp(reached: Int64, checkpoint: Int64, nearness: Int64 = nearness) -> Int64? {
        checkpoint - reached > nearness ? checkpoint : nil
    }
}
