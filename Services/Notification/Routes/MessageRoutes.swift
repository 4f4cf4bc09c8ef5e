internal import Database
internal import EventTypes
internal import HTTP
internal import ServiceKit

/// E-mails and how far they are, for support; without addresses and texts.
struct MessageRoutes: Sendable {
    struct View: Codable, Sendable {
        let id: EventID
        /// nil once the person was erased.
        let userID: UserID?
        let template: String
        let notificationID: NotificationID?
        let state: EmailMessage.Phase
        let attempts: Int64
        let reason: String?
        /// What the mail server answered.
        let replyCode: Int64?
        let requestedAt: Timestamp
        let changedAt: Timestamp
        /// When it is tried again.
        let dueAt: Timestamp?

        enum CodingKeys: String, CodingKey {
            case id
            case userID = "user_id"
            case template
            case notificationID = "notification_id"
            case state, attempts, reason
            case replyCode = "reply_code"
            case requestedAt = "requested_at"
            case changedAt = "changed_at"
            case dueAt = "due_at"
        }

        init(_ row: Row) throws {
            id = try row.get("message_id")
            userID = try row.get("user_id")
            template = try row.get("template")
            notificationID = try row.get("notification_id")
            state = EmailMessage.Phase(rawValue: try row.get("state")) ?? .uncertain
            attempts = try row.get("attempts")
            reason = try row.get("reason")
            replyCode = try row.get("reply_code")
            requestedAt = try row.get("requested_at")
            changedAt = try row.get("changed_at")
            dueAt = try row.get("due_at")
        }
    }

    let pool: DatabasePool

    var table: RouteTable {
        var routes = RouteTable(tag: "messages")
        routes.get(
            "/api/v1/messages", "List e-mails and how far they are, newest first",
            id: "listMessages", access: .roles([.support, .admin]),
            parameters: [
                .query("state", oneOf: EmailMessage.Phase.self, "Only those in this state.")
            ], waitsFor: [MessagesProjection.readModel],
            description: "Of an `uncertain` one nobody can say whether it left; it is never sent "
                + "again by itself."
        ) { (call: Call<NoBody>) -> Reply<Page<View>> in
            let state = try call.query("state", oneOf: EmailMessage.Phase.self)?.rawValue
            let before = try call.page.after(Int64.self) ?? .max
            let rows = try await pool.query(
                """
                select * from message
                where (\(state)::text is null or state = \(state)) and number < \(before)
                order by number desc limit \(call.page.fetchLimit)
                """, isReadOnly: true)
            return .ok(
                try call.page.page(
                    rows, cursor: { row in try row.get("number", as: Int64.self) },
                    item: { row in try View(row) }))
        }
        return routes
    }
}
