internal import Database
internal import EventStore
internal import EventTypes

/// What people were told, as lists and live connections show it.
///
/// `number` is the position in the log at which a notification was raised, `changed` the one at
/// which it was raised, read or removed last: whoever has seen everything up to a position gets
/// what has a higher `changed`. Of what was removed an empty row remains for them; of people who
/// were erased nothing does.
struct NotificationsProjection: Projection {
    private static let partitions = 0..<16

    let name = "notifications"
    let tables = ["notification"] + partitions.map { "notification_part\($0)" }

    let definition =
        """
        create table notification (
            user_id uuid not null,
            notification_id uuid not null,
            number bigint not null,
            changed bigint not null,
            type text not null,
            title text not null,
            content text not null,
            action_url text,
            in_app boolean not null,
            live boolean not null,
            created_at timestamptz not null,
            read_at timestamptz,
            is_removed boolean not null default false,
            primary key (user_id, notification_id)
        ) partition by hash (user_id);
        """
        + partitions.map { part in
            """
            create table notification_part\(part) partition of notification
                for values with (modulus \(partitions.count), remainder \(part));
            """
        }.joined()

    let indexes = """
        create index notification_number on notification (user_id, number);
        create index notification_changed on notification (user_id, changed);
        create index notification_unread on notification (user_id, number)
            where read_at is null and in_app and not is_removed;
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        let batch = try NotificationsBatch(events)
        if batch.isEmpty { return }
        _ = try await connection.pipeline(batch.statements)
    }
}

/// A batch of events, folded in memory: one row for each notification that it touches.
struct NotificationsBatch {
    private struct New {
        let fact: MessageRaised
        let number: Int64
        var change: Change
    }

    private struct Change {
        var userID: UserID
        var changed: Int64
        var readAt: Timestamp?
        var isRemoved = false
    }

    private var new: [NotificationID: New] = [:]
    private var changes: [NotificationID: Change] = [:]
    private var erased: Set<UserID> = []

    var isEmpty: Bool { new.isEmpty && changes.isEmpty && erased.isEmpty }

    init(_ events: [RecordedEvent]) throws {
        for event in events {
            switch event.stream.category {
            case Substring(Notification.category):
                try fold(event.decode(NotificationEvent.self), at: event.position)
            case Substring(Recipient.category):
                if case .erased(let fact) = try event.decode(RecipientEvent.self) {
                    erase(fact.userID)
                }
            default: break
            }
        }
    }

    private mutating func fold(_ event: NotificationEvent, at position: Int64) {
        switch event {
        case .raised(let fact):
            new[fact.notificationID] = New(
                fact: fact, number: position,
                change: Change(userID: fact.userID, changed: position))
        case .read(let fact):
            update(fact.notificationID, of: fact.userID, at: position) { $0.readAt = fact.readAt }
        case .removed(let fact):
            update(fact.notificationID, of: fact.userID, at: position) { $0.isRemoved = true }
        }
    }

    private mutating func update(
        _ id: NotificationID, of user: UserID, at position: Int64, _ body: (inout Change) -> Void
    ) {
        if var row = new[id] {
            body(&row.change)
            row.change.changed = position
            new[id] = row
        } else {
            var change = changes[id] ?? Change(userID: user, changed: position)
            body(&change)
            change.changed = position
            changes[id] = change
        }
    }

    private mutating func erase(_ user: UserID) {
        erased.insert(user)
        new = new.filter { $0.value.fact.userID != user }
        changes = changes.filter { $0.value.userID != user }
    }

    var statements: [SQL] {
        let rows = new.values.sorted { $0.number < $1.number }
        let old = changes.sorted { $0.key < $1.key }
        return [
            "delete from notification where user_id = any(\(erased.sorted()))",
            """
            insert into notification (user_id, notification_id, number, changed, type, title,
                content, action_url, in_app, live, created_at, read_at, is_removed)
            select * from unnest(\(rows.map(\.fact.userID)), \(rows.map(\.fact.notificationID)),
                \(rows.map(\.number)), \(rows.map(\.change.changed)),
                \(rows.map(\.fact.type.rawValue)),
                \(rows.map { $0.change.isRemoved ? "" : $0.fact.title }),
                \(rows.map { $0.change.isRemoved ? "" : $0.fact.content }),
                \(rows.map { $0.change.isRemoved ? nil : $0.fact.actionURL }),
                \(rows.map(\.fact.channels.inApp)), \(rows.map(\.fact.channels.live)),
                \(rows.map(\.fact.raisedAt)), \(rows.map(\.change.readAt)),
                \(rows.map(\.change.isRemoved)))
            """,
            """
            update notification as n set changed = c.changed,
                read_at = coalesce(n.read_at, c.read_at),
                is_removed = n.is_removed or c.is_removed,
                title = case when c.is_removed then '' else n.title end,
                content = case when c.is_removed then '' else n.content end,
                action_url = case when c.is_removed then null else n.action_url end
            from unnest(\(old.map(\.value.userID)), \(old.map(\.key)),
                \(old.map(\.value.changed)), \(old.map(\.value.readAt)),
                \(old.map(\.value.isRemoved))) as c (user_id, id, changed, read_at, is_removed)
            where n.user_id = c.user_id and n.notification_id = c.id
            """,
        ]
    }
}
