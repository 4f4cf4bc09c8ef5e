import EventTypes
import TestSupport
import Testing

@testable import NotificationService

@Suite struct NotificationTests {
    private let ann: UserID = SequentialIdentifiers.identifier(1)
    private let bob: UserID = SequentialIdentifiers.identifier(2)
    private let id: NotificationID = SequentialIdentifiers.identifier(3)
    private let now = Timestamp(seconds: 1_767_225_600)

    private var message: MessageRaised {
        MessageRaised(
            notificationID: id, userID: ann, type: .orderPaid,
            causeID: SequentialIdentifiers.identifier(4), title: "Paid", content: "It is paid.",
            actionURL: "/api/v1/orders/1", channels: .all, raisedAt: now)
    }

    private var read: NotificationEvent {
        .read(MessageRead(notificationID: id, userID: ann, readAt: now))
    }

    private var removed: NotificationEvent {
        .removed(MessageRemoved(notificationID: id, userID: ann, removedAt: now))
    }

    @Test func itIsRaisedOnce() {
        given(Notification.self).when(.raise(message)).then([.raised(message)])
        given(Notification.self, [.raised(message)]).when(.raise(message)).thenNothing()
        given(Notification.self, [.raised(message), removed]).when(.raise(message)).thenNothing()
    }

    @Test func itsRecipientReadsItOnce() {
        given(Notification.self, [.raised(message)]).when(.read(by: ann, at: now)).then([read])
            .when(.read(by: ann, at: now)).thenNothing()
    }

    @Test func whatWasRemovedIsGone() {
        given(Notification.self, [.raised(message), read]).when(.remove(by: ann, at: now))
            .then([removed])
            .when(.remove(by: ann, at: now)).thenNothing()
            .when(.read(by: ann, at: now)).refuses(with: .notFound)
    }

    @Test func nobodyElseSeesIt() {
        given(Notification.self, [.raised(message)]).when(.read(by: bob, at: now))
            .refuses(with: .notFound)
            .when(.remove(by: bob, at: now)).refuses(with: .notFound)
        given(Notification.self).when(.read(by: ann, at: now)).refuses(with: .notFound)
    }
}
