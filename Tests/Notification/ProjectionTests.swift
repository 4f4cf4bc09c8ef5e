import Database
import EventStore
import EventTypes
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import NotificationService

@Suite struct ProjectionTests {
    private let ann: UserID = SequentialIdentifiers.identifier(1)
    private let bob: UserID = SequentialIdentifiers.identifier(2)

    @Test(.timeLimit(.minutes(10)))
    func notificationsFoldedAfreshAreTheSameAndTheErasedAreGone() async throws {
        try await ServiceHarness<NotificationService>.with(.database) { harness in
            let ids = try await (0..<4).asyncMap { try await raise($0, harness) }
            let now = harness.clock.now()
            let context = CommandContext(correlationID: harness.ids.next())
            try await harness.store.commit(context) { unit in
                try await unit.decide(Notification.self, ids[0], .read(by: ann, at: now))
                try await unit.decide(Notification.self, ids[1], .remove(by: ann, at: now))
                try await unit.decide(Recipient.self, bob, .erase(bob))
            }
            await harness.settle()
            for _ in 0..<2 {
                try await harness.expectRebuildsAreIdentical()
                let rows = try await harness.context.pool.query(
                    """
                    select user_id, title, read_at, is_removed, changed > number as is_changed
                    from notification order by number
                    """)
                #expect(try rows.map { try $0.get("user_id", as: UserID.self) } == [ann, ann])
                #expect(try rows.map { try $0.get("title", as: String.self) } == ["Paid", ""])
                #expect(try rows.map { try $0.get("is_removed", as: Bool.self) } == [false, true])
                #expect(try rows.allSatisfy { try $0.get("is_changed", as: Bool.self) })
            }
        }
    }

    private func raise(
        _ number: UInt64, _ harness: ServiceHarness<NotificationService>
    ) async throws -> NotificationID {
        let id: NotificationID = SequentialIdentifiers.identifier(100 + number)
        let message = MessageRaised(
            notificationID: id, userID: number < 2 ? ann : bob, type: .orderPaid,
            causeID: SequentialIdentifiers.identifier(200 + number), title: "Paid",
            content: "It is paid.", actionURL: nil, channels: .all,
            raisedAt: harness.clock.now())
        try await harness.store.commit(CommandContext(correlationID: harness.ids.next())) { unit in
            try await unit.decide(Notification.self, id, .raise(message))
        }
        return id
    }
}

extension Sequence where Element: Sendable {
    fileprivate func asyncMap<T>(_ body: (UInt64) async throws -> T) async rethrows -> [T]
    where Element == Int {
        var result: [T] = []
        for element in self { result.append(try await body(UInt64(element))) }
        return result
    }
}
