import EventStore
import EventTypes
import ServiceKit
import TestSupport
import Testing

@testable import NotificationService

/// What other services publish, and what people are told of it.
@Suite(.timeLimit(.minutes(10))) struct OccasionTests {
    private static let ann: UserID = SequentialIdentifiers.identifier(501)

    struct Case: Sendable, CustomTestStringConvertible {
        let event: any PublishedEvent
        let topic: Topic
        let type: NotificationType?

        init(_ event: any PublishedEvent, _ topic: Topic, _ type: NotificationType?) {
            self.event = event
            self.topic = topic
            self.type = type
        }

        var testDescription: String { "\(Swift.type(of: event))" }
    }

    static let cases: [Case] = [
        Case(UserRegistered.example, .userEvents, nil),
        Case(UserEmailVerified.example, .userEvents, .welcome),
        Case(OrderPlaced.example, .orderEvents, nil),
        Case(OrderPaid.example, .orderEvents, .orderPaid),
        Case(OrderFulfilled.example, .orderEvents, .orderFulfilled),
        Case(OrderCancelled.example, .orderEvents, .orderCancelled),
        Case(OrderRefunded.example, .orderEvents, .orderRefunded),
        Case(OrderCheckoutFailed.example, .orderEvents, .checkoutFailed),
        Case(CashbackConversionTracked.example, .cashbackEvents, nil),
        Case(CashbackConversionPending.example, .cashbackEvents, .cashbackPending),
        Case(CashbackConversionApproved.example, .cashbackEvents, nil),
        Case(CashbackConversionDeclined.example, .cashbackEvents, .cashbackDeclined),
        Case(CashbackConversionCredited.example, .cashbackEvents, .cashbackCredited),
        Case(CashbackConversionClawedBack.example, .cashbackEvents, .cashbackClawedBack),
        // Cashback's own events say the same.
        Case(WalletCashbackCredited.example, .walletEvents, nil),
        Case(WalletCashbackClawedBack.example, .walletEvents, nil),
        Case(WalletDepositSettled.example, .walletEvents, .depositSettled),
        Case(WalletWithdrawalRequested.example, .walletEvents, .withdrawalRequested),
        Case(WalletWithdrawalApproved.example, .walletEvents, .withdrawalApproved),
        Case(WalletWithdrawalRejected.example, .walletEvents, .withdrawalRejected),
        Case(WalletWithdrawalPaid.example, .walletEvents, .withdrawalPaid),
        Case(WalletWithdrawalFailed.example, .walletEvents, .withdrawalFailed),
    ]

    @Test(arguments: cases) func itsRecipientIsToldOnce(_ one: Case) async throws {
        try await NotificationHarness.with { harness in
            let cause = harness.ids.next(EventTag.self)
            try await deliver(one.event, one.topic, cause, harness)
            try await deliver(one.event, one.topic, cause, harness)
            let raised = try await harness.published(NotificationRaised.self)
            #expect(raised.map(\.type) == one.type.map { [$0.rawValue] } ?? [])
            guard let type = one.type else { return }
            let id = try #require(raised.first).notificationID
            let fact = try #require(
                try await harness.store.load(Notification.self, id).state.raised)
            #expect(fact.causeID == cause)
            #expect(!fact.title.isEmpty && !fact.content.isEmpty)
            #expect(!fact.content.contains("{{"))
            let mail = try await harness.store.load(EmailMessage.self, EventID.email(of: id)).state
            #expect((mail.queued != nil) == type.defaults.email)
            if let values = mail.queued?.openValues { #expect(Set(values.keys) == type.values) }
        }
    }

    private func deliver(
        _ event: any PublishedEvent, _ topic: Topic, _ id: EventID, _ harness: NotificationHarness
    ) async throws {
        func open(_ event: some PublishedEvent) async throws {
            _ = try await harness.deliver(event, of: topic, id: id)
        }
        try await open(event)
    }

    @Test func amountsAndReasonsAreInWords() throws {
        let refunded = try #require(Occasion(OrderRefunded.example))
        #expect(refunded.values["amount"] == "14.99 USD")
        let failed = try #require(Occasion(OrderCheckoutFailed.example))
        #expect(failed.values["reason"] == "insufficient funds")
        #expect(ReasonText.of("Ms Miller called us: wrong size") == ReasonText.other)
        #expect(ReasonText.of("ann@example.org") == ReasonText.other)
        #expect(ReasonText.of("") == ReasonText.other)
    }

    @Test func nobodyIsToldOfNothing() throws {
        let nothing = CashbackConversionPending(
            conversionID: SequentialIdentifiers.identifier(1),
            merchantID: SequentialIdentifiers.identifier(2), userID: Self.ann,
            sale: .zero(.usd), cashback: .zero(.usd), termsVersion: 1, reason: "none")
        #expect(Occasion(nothing) == nil)
        let nobody = CashbackConversionDeclined(
            conversionID: SequentialIdentifiers.identifier(1),
            merchantID: SequentialIdentifiers.identifier(2), reason: "none")
        #expect(Occasion(nobody) == nil)
    }
}
