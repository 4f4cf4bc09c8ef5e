internal import Database
internal import EventTypes
internal import ServiceKit

/// What one person missed, and how things stand.
struct LivePast: Sendable, Equatable {
    /// More changes than these are not told one by one.
    static let mostChanges = 1_000

    /// `hello` first.
    let frames: [LiveFrame]
    /// Up to where in the log this is.
    let shown: Int64

    /// Reads from the read model once it shows the log up to `position`.
    ///
    /// - Parameter cursor: the last one that the person has seen; nil for somebody who begins.
    /// - Throws: `Problem` 503 when the read model is too far behind; what the database throws.
    static func read(
        _ user: UserID, after cursor: LiveCursor?, atLeast position: Int64,
        _ context: ServiceContext
    ) async throws -> LivePast {
        guard
            await context.waitForProjections(position, [LiveHub.projection])
        else { throw ProblemSlug.notYetCurrent.problem() }
        let after = cursor?.position ?? .max
        // One statement sees one state: rows, count and checkpoint belong together.
        let rows = try await context.pool.query(
            """
            select p.checkpoint, n.*, (
                select count(*) from notification
                where user_id = \(user) and read_at is null and in_app and not is_removed
            ) as unread
            from projection p left join lateral (
                select * from notification
                where user_id = \(user) and changed > \(after)
                order by changed limit \(mostChanges + 1)
            ) n on true
            where p.name = \(LiveHub.projection)::text
            order by n.changed
            """, isReadOnly: true)
        guard let first = rows.first else { throw ProblemSlug.notYetCurrent.problem() }
        let shown = try first.get("checkpoint", as: Int64.self)
        guard shown >= position else { throw ProblemSlug.notYetCurrent.problem() }
        let isEmpty = try first.get("changed", as: Int64?.self) == nil
        return LivePast(
            changes: isEmpty ? [] : try rows.map(Change.init), after: cursor,
            unread: try first.get("unread"), shown: shown)
    }

    /// A row of the read model that changed.
    struct Change: Sendable, Equatable {
        let view: NotificationView
        let raisedAt: Int64
        let changedAt: Int64
        let isLive: Bool
        let isRemoved: Bool
    }

    init(changes: [Change], after cursor: LiveCursor?, unread: Int64, shown: Int64) {
        self.shown = shown
        let start = cursor?.position ?? shown
        let hello = LiveFrame.hello(start, unread: unread, heartbeat: LiveHub.heartbeatSeconds)
        // A cursor from beyond the log is none of this log's.
        if changes.count > Self.mostChanges || start > shown {
            frames = [hello, .reset(shown)]
        } else {
            let missed = changes.compactMap { Self.frame($0, after: start) }
            frames =
                [hello] + missed.sorted { ($0.cursor ?? .zero) < ($1.cursor ?? .zero) }
        }
    }

    /// What a row means to somebody who was told everything up to `position`.
    ///
    /// A notification stands where it was raised, although it is told as it is now: whoever is cut
    /// off after any of these frames has been told all that was raised up to its cursor.
    private static func frame(_ change: Change, after position: Int64) -> LiveFrame? {
        if change.raisedAt > position {
            return change.isLive && !change.isRemoved
                ? .notification(change.view, at: change.raisedAt) : nil
        }
        if change.isRemoved { return .removed(change.view.id, at: change.changedAt) }
        return .read(change.view.id, change.view.readAt, at: change.changedAt)
    }
}

extension LivePast.Change {
    init(_ row: Row) throws {
        self.init(
            view: try NotificationView(row), raisedAt: try row.get("number"),
            changedAt: try row.get("changed"), isLive: try row.get("live"),
            isRemoved: try row.get("is_removed"))
    }
}
