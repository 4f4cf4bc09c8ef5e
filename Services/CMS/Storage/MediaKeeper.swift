internal import Database
internal import EventStore
internal import EventTypes
internal import Runtime

/// Clears up among the files: at the start what earlier processes left half received, and from time
/// to time content that nobody refers to any more.
struct MediaKeeper: Component {
    static let interval: Duration = .seconds(600)

    let files: MediaStore
    let pool: DatabasePool
    let store: any EventStore
    let loop: EventLoop
    let clock: any WallClock
    let logger: Logger

    func run(_ lifecycle: Lifecycle) async throws {
        try await files.prepare()
        let orphans = try await files.removeOrphans()
        if orphans > 0 { logger.notice("removed half received files", ["count": orphans]) }
        lifecycle.ready()
        while await lifecycle.pause(Self.interval, on: loop) {
            do {
                let count = try await removeUnused()
                if count > 0 { logger.notice("removed unused content", ["count": count]) }
            } catch {
                logger.warning("files could not be looked through", ["error": "\(error)"])
            }
        }
    }

    /// - Returns: how many files were removed.
    func removeUnused() async throws -> Int {
        let time = clock.now() - MediaStore.grace
        // What was recorded before this moment is in the read model, or nothing is done.
        let head = try await store.head()
        let rows = try await pool.query(
            "select checkpoint from projection where name = \(MediaProjection.title)::text",
            isReadOnly: true)
        guard let reached = try rows.first?.get("checkpoint", as: Int64.self), reached >= head
        else { return 0 }
        var count = 0
        for digest in try await files.settled(before: time) {
            let users = try await pool.query(
                """
                select id from media where sha256 = \(digest)::text and deleted_at is null limit 1
                """, isReadOnly: true)
            if users.isEmpty, try await files.remove(digest, settledBefore: time) { count += 1 }
        }
        return count
    }
}
