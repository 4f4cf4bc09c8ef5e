import EventTypes
import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport

@testable import NotificationService

/// A log of one person's notifications in memory, with the read model that it gives.
struct LiveWorld {
    static let ann: UserID = SequentialIdentifiers.identifier(1)
    static let time = Timestamp(seconds: 1_767_225_600)

    private(set) var events: [(position: Int64, event: NotificationEvent)] = []
    private(set) var head: Int64 = 0

    static func id(_ number: Int) -> NotificationID {
        SequentialIdentifiers.identifier(1_000 + UInt64(number))
    }

    static func message(
        _ number: Int, to user: UserID = ann, channels: Channels = .all
    ) -> MessageRaised {
        MessageRaised(
            notificationID: id(number), userID: user, type: .orderPaid,
            causeID: SequentialIdentifiers.identifier(5_000 + UInt64(number)), title: "Paid",
            content: "It is paid.", actionURL: nil, channels: channels, raisedAt: time)
    }

    mutating func append(_ event: NotificationEvent) {
        head += 1
        events.append((head, event))
    }

    /// Something that nobody is told of.
    mutating func appendOther() { head += 1 }

    func changes(after first: Int64, upTo last: Int64) -> [LiveChange] {
        events.filter { $0.position > first && $0.position <= last }
            .compactMap { LiveChange.of($0.event, at: $0.position) }
    }

    /// What the read model says when it shows the log up to `shown`.
    func past(after cursor: LiveCursor?, shown: Int64) -> LivePast {
        struct Row {
            var state = Notification.State()
            var raisedAt: Int64 = 0
            var changedAt: Int64 = 0
        }
        var rows: [NotificationID: Row] = [:]
        for (position, event) in events where position <= shown {
            let id: NotificationID
            switch event {
            case .raised(let fact): id = fact.notificationID
            case .read(let fact): id = fact.notificationID
            case .removed(let fact): id = fact.notificationID
            }
            var row = rows[id] ?? Row(raisedAt: position)
            Notification.evolve(&row.state, event)
            row.changedAt = position
            rows[id] = row
        }
        let start = cursor?.position ?? .max
        let changes = rows.values.filter { $0.changedAt > start }
            .sorted { $0.changedAt < $1.changedAt }
            .compactMap { row -> LivePast.Change? in
                var visible = row.state
                visible.isRemoved = false
                guard let view = NotificationView(visible), let fact = row.state.raised else {
                    return nil
                }
                return LivePast.Change(
                    view: view, raisedAt: row.raisedAt, changedAt: row.changedAt,
                    isLive: fact.channels.live, isRemoved: row.state.isRemoved)
            }
        return LivePast(changes: changes, after: cursor, unread: 0, shown: shown)
    }

    static func messages(_ past: LivePast) -> [LiveState.Message] {
        past.frames.map { LiveState.Message(position: $0.cursor?.position, text: text($0)) }
    }

    static func text(_ frame: LiveFrame) -> String { (try? JSON.text(frame)) ?? "" }

    static func frame(_ text: String) throws -> LiveFrame {
        try JSON.decode(LiveFrame.self, from: text)
    }
}
