internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
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

    struct Resend: Codable, Sendable {
        let reason: String

        func check() throws {
            let hasControls = reason.unicodeScalars.contains {
                $0.properties.generalCategory == .control
            }
            guard (1...200).contains(reason.count), reason.utf8.count <= 800, !hasControls else {
                throw Problem.bodyFault("/reason", "must be one line of 1 to 200 characters")
            }
        }
    }

    /// A message that is on its way again.
    struct Resent: Codable, Sendable {
        let id: EventID
        let state: EmailMessage.Phase
        /// Those before.
        let attempts: Int
    }

    let store: any EventStore
    let pool: DatabasePool
    let clock: any WallClock

    var table: RouteTable {
        var routes = RouteTable(tag: "messages")
        routes.get(
            "/api/v1/messages", "List e-mails and how far they are, newest first",
            id: "listMessages", access: .roles([.support, .admin]),
            parameters: [
                .query("state", oneOf: EmailMessage.Phase.self, "Only those in this state.")
            ], waitsFor: [MessagesProjection.readModel],
            description: "Of an `uncertain` one nobody can say whether it left; it is never sent "
                + "again by itself, but by `resendMessage`."
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
        routes.post(
            "/api/v1/messages/{id}/resend",
            "Send an e-mail again of which nobody knows whether it left", id: "resendMessage",
            access: .roles([.support, .admin]),
            parameters: [.path("id", EventID.self, "The e-mail.")], idempotency: .optional,
            problems: [.notFound, .messageCertain, .messageExpired],
            waitsFor: [MessagesProjection.readModel],
            description: "Its recipient may get it twice. Who ordered it, and why, is kept. "
                + "Expired codes are not sent again.", success: 200
        ) { (call: Call<Resend>) -> Reply<Resent> in
            try call.body.check()
            let id: EventID = try call.path("id")
            let person = try call.user().userID
            let now = clock.now()
            return .ok(
                try await store.commit(call.command) { unit in
                    try await unit.decide(
                        EmailMessage.self, id,
                        .sendAgain(by: person, reason: call.body.reason, at: now))
                    let state = try await unit.load(EmailMessage.self, id)
                    return Resent(
                        id: id, state: state.phase ?? .requested, attempts: state.attempts)
                })
        }
        return routes
    }
}
