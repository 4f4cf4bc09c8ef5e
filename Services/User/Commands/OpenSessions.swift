internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Finds the sessions of a person that can still be refreshed.
struct OpenSessions {
    let tools: UserTools

    /// All that were opened before this was called.
    ///
    /// - Throws: `Problem` 503 when the read model is too far behind.
    func of(_ userID: UserID) async throws -> [SessionID] {
        let head = try await tools.store.head()
        guard await tools.context.waitForProjections(head, [PeopleProjection.readModel]) else {
            throw Problem.unavailable("The list of sessions is not up to date right now.")
        }
        let rows = try await tools.context.pool.query(
            """
            SELECT session_id FROM open_sessions
            WHERE user_id = \(userID) AND expires_at > \(tools.context.clock.now())
            ORDER BY session_id
            """, isReadOnly: true)
        return try rows.map { try $0.get("session_id") }
    }
}
