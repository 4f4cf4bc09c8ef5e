internal import Database
internal import EventStore
internal import EventTypes

/// Every e-mail and how far it is, for whoever sends it and for support; without address and text.
/// Of an erased person not even the identifier remains.
struct MessagesProjection: Projection {
    static let readModel = "messages"

    let name = Self.readModel
    let tables = ["message"]

    let definition = """
        create table message (
            message_id uuid primary key,
            number bigint not null,
            user_id uuid,
            template text not null,
            notification_id uuid,
            priority smallint not null,
            state text not null,
            attempts integer not null,
            reason text,
            reply_code integer,
            requested_at timestamptz not null,
            changed_at timestamptz not null,
            due_at timestamptz
        );
        """

    let indexes = """
        create index message_waiting on message (priority, number) where state = 'requested';
        create index message_state on message (state, number);
        create index message_number on message (number);
        create index message_user on message (user_id);
        """

    func apply(_ events: [RecordedEvent], on connection: Connection) async throws {
        let batch = try MessagesBatch(events)
        if batch.isEmpty { return }
        _ = try await connection.pipeline(batch.statements)
    }
}

/// A batch of events, folded in memory: one row for each message that it touches.
struct MessagesBatch {
    private struct New {
        let fact: EmailQueued
        let number: Int64
        var userID: UserID?
    }

    private struct Change {
        var state = EmailMessage.Phase.requested
        var attempts: Int32?
        var reason: String?
        var replyCode: Int32?
        var changedAt: Timestamp
        var dueAt: Timestamp?
    }

    private var new: [EventID: New] = [:]
    private var changes: [EventID: Change] = [:]
    private var erased: Set<UserID> = []

    var isEmpty: Bool { changes.isEmpty && erased.isEmpty }

    init(_ events: [RecordedEvent]) throws {
        for event in events {
            switch event.stream.category {
            case Substring(EmailMessage.category):
                guard let id = EventID(String(event.stream.key)) else { continue }
                let fact = try event.decode(EmailEvent.self)
                if case .queued(let queued) = fact {
                    new[id] = New(
                        fact: queued, number: event.position, userID: queued.userID)
                }
                var change = changes[id] ?? Change(changedAt: event.recordedAt)
                Self.fold(fact, into: &change)
                change.changedAt = event.recordedAt
                changes[id] = change
            case Substring(Recipient.category):
                if case .erased(let fact) = try event.decode(RecipientEvent.self) {
                    erase(fact.userID)
                }
            default: break
            }
        }
    }

    private mutating func erase(_ user: UserID) {
        erased.insert(user)
        for (id, row) in new where row.userID == user { new[id]?.userID = nil }
    }

    private static func fold(_ fact: EmailEvent, into change: inout Change) {
        change.dueAt = nil
        change.reason = nil
        change.replyCode = nil
        switch fact {
        case .queued, .resumed, .sentAgain: change.state = .requested
        case .attempted(let fact):
            change.state = .attempting
            change.attempts = Int32(fact.number)
        case .accepted: change.state = .sent
        case .postponed(let fact):
            change.state = .deferred
            change.reason = fact.reason
            change.replyCode = fact.replyCode.map(Int32.init)
            change.dueAt = fact.dueAt
        case .givenUp(let fact):
            change.state = .failed
            change.reason = fact.reason
            change.replyCode = fact.replyCode.map(Int32.init)
        case .unsettled(let fact):
            change.state = .uncertain
            change.reason = fact.reason
        }
    }

    var statements: [SQL] {
        let fresh = new.sorted { $0.value.number < $1.value.number }
        let changed = changes.sorted { $0.key < $1.key }
        return [
            "update message set user_id = null where user_id = any(\(erased.sorted()))",
            """
            insert into message (message_id, number, user_id, template, notification_id, priority,
                state, attempts, requested_at, changed_at)
            select id, number, user_id, template, notification_id, priority, 'requested', 0, at, at
            from unnest(\(fresh.map(\.key)), \(fresh.map(\.value.number)),
                \(fresh.map(\.value.userID)), \(fresh.map(\.value.fact.template)),
                \(fresh.map(\.value.fact.notificationID)),
                \(fresh.map { Int16($0.value.fact.notificationID == nil ? 0 : 1) }),
                \(fresh.map(\.value.fact.requestedAt)))
                as n (id, number, user_id, template, notification_id, priority, at)
            """,
            """
            update message as m set state = c.state, attempts = coalesce(c.attempts, m.attempts),
                reason = c.reason, reply_code = c.reply_code, changed_at = c.changed_at,
                due_at = c.due_at
            from unnest(\(changed.map(\.key)), \(changed.map(\.value.state.rawValue)),
                \(changed.map(\.value.attempts)), \(changed.map(\.value.reason)),
                \(changed.map(\.value.replyCode)), \(changed.map(\.value.changedAt)),
                \(changed.map(\.value.dueAt)))
                as c (id, state, attempts, reason, reply_code, changed_at, due_at)
            where m.message_id = c.id
            """,
        ]
    }
}
