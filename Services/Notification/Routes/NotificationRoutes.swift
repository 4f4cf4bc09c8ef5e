internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// What a person was told, as a list that they read and clear.
struct NotificationRoutes: Sendable {
    enum ReadState: String, CaseIterable, Sendable {
        case unread, read, all
    }

    struct UpTo: Decodable, Sendable {
        let upTo: NotificationID?

        enum CodingKeys: String, CodingKey { case upTo = "up_to" }
    }

    struct UnreadCount: Codable, Sendable {
        let unread: Int64
    }

    private struct Shown: Codable, Sendable {
        let view: NotificationView
        let version: Int64
    }

    private static let shown = ["notifications"]
    private static let notification = Parameter.path(
        "id", NotificationID.self, "The notification.")
    /// Notifications of one unit.
    private static let batchLimit = 200

    let store: any EventStore
    let pool: DatabasePool
    let clock: any WallClock

    var table: RouteTable {
        var routes = RouteTable(tag: "notifications")
        addReading(to: &routes)
        addChanging(to: &routes)
        return routes
    }

    private func addReading(to routes: inout RouteTable) {
        routes.get(
            "/api/v1/notifications", "List your notifications, newest first",
            id: "listNotifications", access: .signedIn,
            parameters: [
                .query("state", oneOf: ReadState.self, "Which of them; all where it is absent.")
            ], waitsFor: Self.shown
        ) { (call: Call<NoBody>) -> Reply<Page<NotificationView>> in
            let user = try call.user().userID
            let state = try call.query("state", oneOf: ReadState.self) ?? .all
            let before = try call.page.after(Int64.self)
            let rows = try await pool.query(
                """
                select * from notification
                where user_id = \(user) and in_app and not is_removed
                    and (\(state.rawValue)::text = 'all'
                        or (read_at is null) = (\(state.rawValue)::text = 'unread'))
                    and number < \(before ?? Int64.max)
                order by number desc limit \(call.page.fetchLimit)
                """, isReadOnly: true)
            let page = try call.page.page(
                rows, cursor: { row in try row.get("number", as: Int64.self) },
                item: { row in try NotificationView(row) })
            return .ok(page).etag(try await changed(user))
        }
        routes.get(
            "/api/v1/notifications/unread-count", "Count your unread notifications",
            id: "countUnreadNotifications", access: .signedIn, waitsFor: Self.shown
        ) { (call: Call<NoBody>) -> Reply<UnreadCount> in
            let user = try call.user().userID
            return .ok(UnreadCount(unread: try await unread(user)))
                .etag(try await changed(user))
        }
        routes.get(
            "/api/v1/notifications/{id}", "Read one of your notifications",
            id: "getNotification", access: .signedIn, parameters: [Self.notification],
            problems: [.notFound]
        ) { (call: Call<NoBody>) -> Reply<NotificationView> in
            let id: NotificationID = try call.path("id")
            let (state, version) = try await store.load(Notification.self, id)
            let user = try call.user().userID
            guard state.raised?.userID == user, let view = NotificationView(state),
                try await !store.load(Recipient.self, user).state.isErased
            else { throw ProblemSlug.notFound.problem() }
            return .ok(view).etag(version)
        }
    }

    private func addChanging(to routes: inout RouteTable) {
        routes.put(
            "/api/v1/notifications/{id}/read", "Mark a notification as read",
            id: "readNotification", access: .signedIn, parameters: [Self.notification],
            problems: [.notFound], waitsFor: Self.shown
        ) { (call: Call<NoBody>) -> Reply<NotificationView> in
            let id: NotificationID = try call.path("id")
            let user = try call.user().userID
            let now = clock.now()
            let done = try await store.commit(call.command) { unit in
                try await unit.decide(Notification.self, id, .read(by: user, at: now))
                guard let view = NotificationView(try await unit.load(Notification.self, id)) else {
                    throw Notification.Refusal.notFound
                }
                return Shown(view: view, version: unit.version(of: Notification.stream(id)))
            }
            return .ok(done.result.view).committed(done).etag(done.result.version)
        }
        routes.put(
            "/api/v1/notifications/read", "Mark all notifications as read, or those up to one",
            id: "readNotifications", access: .signedIn, waitsFor: Self.shown,
            description: "With `up_to`, the newest one that was seen, what came later stays unread."
        ) { (call: Call<UpTo>) -> Reply<UnreadCount> in
            let user = try call.user().userID
            let last = try await number(of: call.body.upTo, user)
            let done = try await readAll(of: user, upTo: last, call.command)
            return .ok(UnreadCount(unread: done.result)).committed(done)
        }
        routes.delete(
            "/api/v1/notifications/{id}", "Remove a notification", id: "removeNotification",
            access: .signedIn, parameters: [Self.notification], problems: [.notFound],
            waitsFor: Self.shown
        ) { (call: Call<NoBody>) -> Reply<NoBody> in
            let id: NotificationID = try call.path("id")
            let user = try call.user().userID
            let now = clock.now()
            return .noContent(
                after: try await store.commit(call.command) { unit in
                    try await unit.decide(Notification.self, id, .remove(by: user, at: now))
                })
        }
    }

    // MARK: All at once

    /// - Throws: `Problem` 422 when it is none of the person's.
    private func number(of id: NotificationID?, _ user: UserID) async throws -> Int64 {
        guard let id else { return .max }
        let rows = try await pool.query(
            """
            select number from notification
            where user_id = \(user) and notification_id = \(id)
            """, isReadOnly: true)
        guard let row = rows.first else {
            throw Problem.bodyFault("/up_to", "is none of your notifications")
        }
        return try row.get(0)
    }

    /// - Returns: how many stay unread.
    private func readAll(
        of user: UserID, upTo last: Int64, _ command: CommandContext
    ) async throws -> Committed<Int64> {
        let now = clock.now()
        var position: Int64 = 0
        var after: Int64 = 0
        let before = try await unread(user)
        var count: Int64 = 0
        while true {
            let rows = try await pool.query(
                """
                select notification_id, number from notification
                where user_id = \(user) and read_at is null and in_app and not is_removed
                    and number > \(after) and number <= \(last)
                order by number limit \(Self.batchLimit)
                """, isReadOnly: true)
            guard let end = rows.last else { break }
            after = try end.get("number")
            let ids = try rows.map { try $0.get("notification_id", as: NotificationID.self) }
            let done = try await store.commit(command) { unit in
                for id in ids {
                    // Removed by another hand meanwhile: there is nothing left to read.
                    if try await unit.load(Notification.self, id).isRemoved { continue }
                    try await unit.decide(Notification.self, id, .read(by: user, at: now))
                }
            }
            position = max(position, done.position)
            count += Int64(ids.count)
        }
        return Committed(result: max(0, before - count), position: position)
    }

    private func unread(_ user: UserID) async throws -> Int64 {
        let rows = try await pool.query(
            """
            select count(*) from notification
            where user_id = \(user) and read_at is null and in_app and not is_removed
            """, isReadOnly: true)
        return try rows.first?.get(0) ?? 0
    }

    /// The version of everything that a person sees: the position of the last change.
    private func changed(_ user: UserID) async throws -> Int64 {
        let rows = try await pool.query(
            "select coalesce(max(changed), 0) from notification where user_id = \(user)",
            isReadOnly: true)
        return try rows.first?.get(0) ?? 0
    }
}
