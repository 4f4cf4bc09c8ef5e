import EventTypes
import JSON
import Testing

@testable import ControlService

@Suite struct TopicProofTests {
    private func scene() throws -> VerifyScene {
        var scene = VerifyScene()
        for _ in 1...4 { try scene.publish(OrderFulfilled.example, on: .orderEvents, by: "order") }
        return scene
    }

    @Test func whatIsThereIsExamined() throws {
        let scene = try scene()
        let found = scene.topics(scene.records + scene.records.prefix(2))
        #expect(found.holds, "\(found.violations)")
        #expect(found.examined == 4)
        #expect(found.note == "4 published, 0 no longer kept, 2 sent again")
    }

    @Test func aMissingRecordIsFound() throws {
        let scene = try scene()
        let records = scene.records
        #expect(!scene.topics([records[0], records[2], records[3]]).holds)
        #expect(!scene.topics(Array(records.dropLast())).holds)
        #expect(
            !scene.topics(Array(records.dropFirst())).holds, "nothing was dropped by the broker")
        #expect(!scene.topics([]).holds)
    }

    @Test func whatTheBrokerDroppedIsNotMissed() throws {
        let scene = try scene()
        let found = scene.topics(Array(scene.records.dropFirst(2)), lows: ["order-events": [0: 9]])
        #expect(found.holds)
        #expect(found.examined == 2)
        #expect(found.note == "4 published, 2 no longer kept, 0 sent again")
    }

    @Test func aRecordThatTheLogDoesNotHaveIsFound() throws {
        let scene = try scene()
        var other = VerifyScene()
        try other.publish(OrderFulfilled.example, on: .orderEvents, by: "order")
        try other.publish(OrderPaid.example, on: .orderEvents, by: "order")
        #expect(!scene.topics([scene.records[0], other.records[1]] + scene.records[2...]).holds)
    }
}

@Suite struct InboxProofTests {
    @Test func aConsumerAheadOfTheLogIsFound() throws {
        var scene = VerifyScene()
        try scene.publish(OrderFulfilled.example, on: .orderEvents, by: "order")
        scene.handled(1, .orderEvents, of: "order", by: "cashback")
        #expect(InboxProof.examine(scene.logs, scene.marks, isQuiet: true).holds)
        scene.handled(2, .orderEvents, of: "order", by: "cashback")
        #expect(!InboxProof.examine(scene.logs, scene.marks, isQuiet: false).holds)
        scene.handled(1, .orderEvents, of: "order", by: "cashback", at: 7)
        #expect(!InboxProof.examine(scene.logs, scene.marks, isQuiet: false).holds)
    }

    @Test func aConsumerBehindIsAFaultOnlyOnceAllIsQuiet() throws {
        var scene = VerifyScene()
        try scene.publish(OrderFulfilled.example, on: .orderEvents, by: "order", slot: 1)
        try scene.publish(OrderFulfilled.example, on: .orderEvents, by: "order", slot: 2)
        scene.handled(1, .orderEvents, of: "order", by: "cashback", slot: 1)
        #expect(InboxProof.examine(scene.logs, scene.marks, isQuiet: false).holds)
        #expect(!InboxProof.examine(scene.logs, scene.marks, isQuiet: true).holds)
        #expect(scene.marks.unfinished == ["cashback's inbox is 1 behind"])
    }
}

@Suite struct CrossBooksTests {
    private static let order = OrderPaid.example

    private func captured(_ cents: Int64) throws -> WalletTransactionPosted {
        WalletTransactionPosted(
            transactionID: WalletTransactionPosted.example.transactionID, kind: "hold_captured",
            reference: "order-\(Self.order.orderID)",
            postings: [
                Posting(
                    accountID: WalletTransactionPosted.example.postings[0].accountID, owner: nil,
                    purpose: "held", amount: try Money(minorUnits: -cents, .usd)),
                Posting(
                    accountID: WalletTransactionPosted.example.postings[1].accountID, owner: nil,
                    purpose: "settlement", amount: try Money(minorUnits: cents, .usd)),
            ], postedAt: Timestamp(seconds: 1))
    }

    @Test func anOrderIsPaidByOneCapture() throws {
        var scene = VerifyScene()
        try scene.publish(Self.order, on: .orderEvents, by: "order")
        #expect(!(try scene.finding("paid by one capture").holds))
        try scene.publish(try captured(2_998), on: .walletEvents, by: "wallet")
        #expect(try scene.finding("paid by one capture").holds)
        try scene.publish(try captured(2_998), on: .walletEvents, by: "wallet")
        #expect(!(try scene.finding("paid by one capture").holds))
    }

    @Test func aCaptureOfAnotherAmountPaysNothing() throws {
        var scene = VerifyScene()
        try scene.publish(Self.order, on: .orderEvents, by: "order")
        try scene.publish(try captured(2_997), on: .walletEvents, by: "wallet")
        #expect(!(try scene.finding("paid by one capture").holds))
    }

    @Test func aCaptureUnderWayIsAFaultOnlyOnceAllIsQuiet() throws {
        var scene = VerifyScene()
        try scene.publish(try captured(2_998), on: .walletEvents, by: "wallet")
        #expect(try scene.finding("paid by one capture", isQuiet: false).holds)
        #expect(!(try scene.finding("paid by one capture").holds))
    }

    @Test func aCauseThatWasHandledIsToldOnce() throws {
        var scene = VerifyScene()
        scene.handled(1, .orderEvents, of: "order", by: "notification")
        let cause = try scene.publish(Self.order, on: .orderEvents, by: "order")
        #expect(!(try scene.finding("told of each cause").holds))
        let told = NotificationRaised(
            notificationID: NotificationRaised.example.notificationID, userID: Self.order.userID,
            type: "order_paid", causeID: cause, raisedAt: Timestamp(seconds: 1))
        try scene.publish(told, on: .notificationEvents, by: "notification")
        #expect(try scene.finding("told of each cause").holds)
        try scene.publish(told, on: .notificationEvents, by: "notification")
        #expect(!(try scene.finding("told of each cause").holds))
    }

    @Test func aCauseThatWasNotHandledYetNeedNotBeTold() throws {
        var scene = VerifyScene()
        try scene.publish(Self.order, on: .orderEvents, by: "order")
        #expect(try scene.finding("told of each cause", isQuiet: false).holds)
    }

    @Test func whatWasToldWithoutCauseIsFound() throws {
        var scene = VerifyScene()
        try scene.publish(NotificationRaised.example, on: .notificationEvents, by: "notification")
        #expect(!(try scene.finding("told of each cause").holds))
    }

    @Test func anApprovedSaleIsCreditedOnce() throws {
        var scene = VerifyScene()
        scene.handled(1, .cashbackEvents, of: "cashback", by: "wallet")
        try scene.publish(CashbackConversionApproved.example, on: .cashbackEvents, by: "cashback")
        #expect(!(try scene.finding("approved sale is credited").holds))
        try scene.publish(WalletCashbackCredited.example, on: .walletEvents, by: "wallet")
        #expect(try scene.finding("approved sale is credited").holds)
        try scene.publish(WalletCashbackCredited.example, on: .walletEvents, by: "wallet")
        #expect(!(try scene.finding("approved sale is credited").holds))
    }
}

@Suite struct PromiseBookTests {
    private static let user = OrderPaid.example.userID.description

    private static func line(_ subject: String?, _ cents: Int64? = nil) -> PromiseBook.Line {
        PromiseBook.Line(
            type: "order.paid", user: user, subject: subject, amountMinor: cents)
    }

    private static let order = OrderPaid.example.orderID.description

    @Test func whatWasAnsweredMustBeThere() throws {
        var scene = VerifyScene(promises: [Self.line(nil), Self.line(Self.order, 2_998)])
        #expect(!(try scene.finding("everything that was answered").holds))
        #expect(try scene.finding("everything that was answered", isQuiet: false).holds)
        try scene.publish(OrderPaid.example, on: .orderEvents, by: "order")
        #expect(try scene.finding("everything that was answered").holds)
        #expect(try scene.finding("nothing was done twice").holds)
    }

    @Test func whatIsThereTwiceIsFound() throws {
        var scene = VerifyScene(
            promises: [Self.line(nil), Self.line(nil), Self.line(Self.order, 2_998)])
        try scene.publish(OrderPaid.example, on: .orderEvents, by: "order")
        try scene.publish(OrderPaid.example, on: .orderEvents, by: "order")
        #expect(!(try scene.finding("nothing was done twice").holds))
    }

    @Test func moreThanWasAskedForIsFound() throws {
        var scene = VerifyScene(promises: [Self.line(nil)])
        try scene.publish(OrderPaid.example, on: .orderEvents, by: "order")
        try scene.publish(OrderPaid.example, on: .orderEvents, by: "order", slot: 6)
        #expect(!(try scene.finding("nothing was done twice").holds))
    }

    @Test func whatThePlatformCancelsByItselfWasNotAskedFor() throws {
        func cancelled(_ reason: String) -> OrderCancelled {
            OrderCancelled(
                orderID: OrderPaid.example.orderID, userID: OrderPaid.example.userID,
                reason: reason, cancelledAt: Timestamp(seconds: 1))
        }
        var scene = VerifyScene(promises: [])
        try scene.publish(cancelled("timed_out"), on: .orderEvents, by: "order")
        #expect(try scene.finding("nothing was done twice").holds)
        var other = VerifyScene(promises: [
            PromiseBook.Line(
                type: "order.cancelled", user: Self.user, subject: nil, amountMinor: nil)
        ])
        try other.publish(cancelled("changed_mind"), on: .orderEvents, by: "order", slot: 1)
        try other.publish(cancelled("changed_mind"), on: .orderEvents, by: "order", slot: 2)
        #expect(!(try other.finding("nothing was done twice").holds))
    }

    @Test func anotherAmountThanWasAnsweredIsFound() throws {
        var scene = VerifyScene(promises: [Self.line(nil), Self.line(Self.order, 1)])
        try scene.publish(OrderPaid.example, on: .orderEvents, by: "order")
        #expect(!(try scene.finding("everything that was answered").holds))
    }
}

@Suite struct ServiceProofTests {
    @Test func whatAServiceSaysIsRead() {
        let output = """
            ok      positions are contiguous (12 examined)
            BROKEN  every transaction (of all) sums to zero
                    transaction 7 does not
                    transaction 8 does not
            ok      no received event is parked (3 examined)
            1 invariants are broken.

            """
        let found = ServiceProof.read(output, of: "wallet")
        #expect(
            found.map(\.name) == [
                "wallet: positions are contiguous",
                "wallet: every transaction (of all) sums to zero",
                "wallet: no received event is parked",
            ])
        #expect(found.map(\.examined) == [12, 0, 3])
        #expect(found.map(\.violationCount) == [0, 2, 0])
    }

    @Test func aReportSaysWhetherEverythingHolds() throws {
        let report = VerifyReport(findings: [
            VerifyFinding("a", 3), VerifyFinding("b", 2, ["one", "two"]),
        ])
        #expect(!report.holds && report.violations == 2)
        let json = try JSON.decode(JSONValue.self, from: try report.json())
        #expect(json["violations"]?.integer == 2)
        #expect(json["findings"]?.array?.count == 2)
        #expect(report.table.contains("VIOLATED 2 times"))
        #expect(VerifyReport(findings: [VerifyFinding("a", 3)]).holds)
    }
}
