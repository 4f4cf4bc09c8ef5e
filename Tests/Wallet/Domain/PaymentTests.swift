internal import EventTypes
internal import TestSupport
internal import Testing

@testable internal import WalletService

@Suite("Withdrawals") struct WithdrawalTests {
    let owner: UserID = identifier(1)
    let finance: UserID = identifier(2)

    func request(_ cents: Int64 = 5_000) throws -> Withdrawal.Command {
        .request(
            WithdrawalRequested(
                withdrawalID: identifier(11), userID: owner, amount: try usd(cents),
                destinationKind: .sandbox, destination: SealedText(subject: owner, box: "c2VhbGVk"),
                holdID: identifier(12), requestedAt: noon))
    }

    var approve: Withdrawal.Command { .approve(by: finance, at: noon) }

    func report(_ status: PaymentStatus, _ cents: Int64 = 5_000, reference: String = "po_1") throws
        -> Withdrawal.Command
    {
        .report(
            ProviderReport(providerReference: reference, status: status, amount: try usd(cents)),
            provider: "sandbox", identifier(20), at: noon)
    }

    @Test func `approved and reported in order, it is paid`() throws {
        let events = try stream(
            Withdrawal.self, request(), approve, report(.pending), report(.processing),
            report(.succeeded))
        #expect(events.count == 5)
        #expect(Withdrawal.fold(events).phase == .paid)
    }

    @Test func `the approver is not the owner`() throws {
        let requested = try stream(Withdrawal.self, request())
        #expect(throws: WalletError.approverIsOwner) {
            try decided(Withdrawal.self, given: requested, when: .approve(by: owner, at: noon))
        }
        #expect(throws: WalletError.approverIsOwner) {
            try decided(
                Withdrawal.self, given: requested,
                when: .reject(by: owner, reason: "no", at: noon))
        }
    }

    @Test func `only the owner cancels`() throws {
        let requested = try stream(Withdrawal.self, request())
        #expect(throws: WalletError.notTheOwner) {
            try decided(Withdrawal.self, given: requested, when: .cancel(by: finance, at: noon))
        }
        let events = try decided(
            Withdrawal.self, given: requested, when: .cancel(by: owner, at: noon))
        #expect(Withdrawal.fold(requested + events).phase == .cancelled)
    }

    @Test func `reports out of order and twice change nothing more`() throws {
        let paid = try stream(Withdrawal.self, request(), approve, report(.succeeded))
        for late in [PaymentStatus.pending, .processing, .succeeded] {
            #expect(try decided(Withdrawal.self, given: paid, when: report(late)).isEmpty)
        }
        let moving = try stream(Withdrawal.self, request(), approve, report(.processing))
        #expect(try decided(Withdrawal.self, given: moving, when: report(.pending)).isEmpty)
        #expect(try decided(Withdrawal.self, given: moving, when: report(.processing)).isEmpty)
    }

    @Test func `reports that contradict are refused`() throws {
        let paid = try stream(Withdrawal.self, request(), approve, report(.succeeded))
        #expect(throws: WalletError.reportContradicts("paid")) {
            try decided(Withdrawal.self, given: paid, when: report(.failed))
        }
        #expect(throws: WalletError.reportContradicts("po_1")) {
            try decided(
                Withdrawal.self, given: paid, when: report(.succeeded, reference: "po_2"))
        }
        let failed = try stream(Withdrawal.self, request(), approve, report(.failed))
        #expect(throws: WalletError.reportContradicts("failed")) {
            try decided(Withdrawal.self, given: failed, when: report(.succeeded))
        }
    }

    @Test func `a report about another amount is refused`() throws {
        let approved = try stream(Withdrawal.self, request(), approve)
        #expect(throws: WalletError.reportAmountDiffers(expected: try usd(5_000))) {
            try decided(Withdrawal.self, given: approved, when: report(.succeeded, 5_001))
        }
    }

    @Test func `nothing is paid that finance did not approve`() throws {
        let requested = try stream(Withdrawal.self, request())
        #expect(throws: WalletError.wrongPhase("requested")) {
            try decided(Withdrawal.self, given: requested, when: report(.succeeded))
        }
        let rejected = try stream(
            Withdrawal.self, request(), .reject(by: finance, reason: "under review", at: noon))
        #expect(throws: WalletError.wrongPhase("rejected")) {
            try decided(Withdrawal.self, given: rejected, when: report(.succeeded))
        }
        #expect(throws: WalletError.wrongPhase("rejected")) {
            try decided(Withdrawal.self, given: rejected, when: approve)
        }
    }

    @Test func `what has left cannot be stopped`() throws {
        let approved = try stream(Withdrawal.self, request(), approve)
        #expect(throws: WalletError.wrongPhase("approved")) {
            try decided(Withdrawal.self, given: approved, when: .cancel(by: owner, at: noon))
        }
        #expect(throws: WalletError.wrongPhase("approved")) {
            try decided(Withdrawal.self, given: approved, when: approve)
        }
    }

    @Test func `a provider's refusal fails it once`() throws {
        let refuse = Withdrawal.Command.refuse(
            reason: "unknown_destination", provider: "sandbox", identifier(20), at: noon)
        let failed = try stream(Withdrawal.self, request(), approve, refuse)
        #expect(Withdrawal.fold(failed).phase == .failed)
        #expect(try decided(Withdrawal.self, given: failed, when: refuse).isEmpty)
    }

    @Test(arguments: ["", "a b", "über", String(repeating: "a", count: 65), "x\n", "a/b", "'--"])
    func `destinations are tokens`(_ text: String) {
        #expect(throws: WalletError.destinationMalformed) {
            try PayoutDestination(kind: .sandbox, value: text)
        }
    }

    @Test(arguments: [
        "", "GB82 WEST 1234 5698 7654 33", "GB82", "1282WEST12345698765432",
        "GBXXWEST12345698765432",
        "GB82WEST1234569876543é", String(repeating: "GB82WEST12345698765432", count: 3),
    ]) func `account numbers are checked`(_ text: String) {
        #expect(throws: WalletError.destinationMalformed) {
            try PayoutDestination(kind: .iban, value: text)
        }
    }

    @Test func `account numbers have one form`() throws {
        let destination = try PayoutDestination(kind: .iban, value: "gb82 west 1234 5698 7654 32")
        #expect(destination.value == "GB82WEST12345698765432")
    }

    @Test(arguments: [0, -1, -Money.limit]) func `only positive amounts`(_ cents: Int64) throws {
        #expect(throws: WalletError.amountNotPositive) {
            try decided(Withdrawal.self, when: request(cents))
        }
    }

    @Test(arguments: ["", "two\nlines", String(repeating: "r", count: 201)])
    func `a rejection says why on one line`(_ reason: String) throws {
        let requested = try stream(Withdrawal.self, request())
        #expect(throws: WalletError.reasonMalformed) {
            try decided(
                Withdrawal.self, given: requested,
                when: .reject(by: finance, reason: reason, at: noon))
        }
    }
}

@Suite("Deposits") struct DepositTests {
    func initiate(_ cents: Int64 = 5_000) throws -> Deposit.Command {
        .initiate(
            DepositInitiated(
                depositID: identifier(10), userID: identifier(1), amount: try usd(cents),
                initiatedAt: noon))
    }

    func report(_ status: PaymentStatus, _ cents: Int64 = 5_000) throws -> Deposit.Command {
        .report(
            ProviderReport(
                providerReference: "de_1", status: status, amount: try usd(cents),
                checkoutURL: "https://pay.example/de_1"), provider: "sandbox", identifier(20),
            at: noon)
    }

    @Test func `it settles once, in whatever order the reports come`() throws {
        let orders: [[PaymentStatus]] = [
            [.pending, .processing, .succeeded], [.succeeded, .processing, .pending],
            [.succeeded, .succeeded], [.processing, .succeeded, .processing, .succeeded],
        ]
        for order in orders {
            var events = try stream(Deposit.self, initiate())
            for status in order {
                events += try decided(Deposit.self, given: events, when: report(status))
            }
            let settled = events.filter { if case .settled = $0 { true } else { false } }
            #expect(settled.count == 1, "\(order)")
            #expect(Deposit.fold(events).phase == .settled)
        }
    }

    @Test func `a payment that the provider gave up may still arrive`() throws {
        let late = try stream(Deposit.self, initiate(), report(.failed), report(.succeeded))
        #expect(Deposit.fold(late).phase == .settled)
        #expect(throws: WalletError.reportContradicts("settled")) {
            try decided(Deposit.self, given: late, when: report(.failed))
        }
    }

    @Test func `it remembers where to go on with paying`() throws {
        let submitted = try stream(Deposit.self, initiate(), report(.pending))
        #expect(Deposit.fold(submitted).checkoutURL == "https://pay.example/de_1")
    }

    @Test(arguments: [0, -1, Deposit.mostMinorUnits + 1, Money.limit])
    func `amounts have limits`(_ cents: Int64) throws {
        #expect(throws: WalletError.self) { try decided(Deposit.self, when: initiate(cents)) }
    }

    @Test func `a report about another amount or an unknown deposit is refused`() throws {
        let initiated = try stream(Deposit.self, initiate())
        #expect(throws: WalletError.reportAmountDiffers(expected: try usd(5_000))) {
            try decided(Deposit.self, given: initiated, when: report(.succeeded, 4_999))
        }
        #expect(throws: WalletError.depositNotFound) {
            try decided(Deposit.self, when: report(.succeeded))
        }
    }
}

@Suite("Cashback in the ledger") struct CreditTests {
    let conversion: ConversionID = identifier(6)

    func credit(_ cents: Int64 = 147, cause: UInt64 = 1) throws -> Credit.Command {
        .credit(
            ApprovalNoted(
                conversionID: conversion, userID: identifier(1), cashback: try usd(cents),
                fundedBy: .networkReceivable, causedBy: identifier(cause)), identifier(8))
    }

    func clawBack(_ cents: Int64, cause: UInt64) throws -> Credit.Command {
        .clawBack(
            ClawbackNoted(
                conversionID: conversion, amount: try usd(cents), reason: "item_returned",
                causedBy: identifier(cause)), owed: try usd(0), identifier(8))
    }

    @Test func `a conversion is credited once`() throws {
        let credited = try stream(Credit.self, credit())
        #expect(credited.count == 2)
        #expect(try decided(Credit.self, given: credited, when: credit(cause: 2)).isEmpty)
    }

    @Test func `it is taken back in parts, at most as far as it was credited`() throws {
        let part = try stream(Credit.self, credit(), clawBack(100, cause: 2))
        #expect(Credit.fold(part).remaining == (try usd(47)))
        #expect(throws: WalletError.clawbackExceedsCredit(remaining: try usd(47))) {
            try decided(Credit.self, given: part, when: clawBack(48, cause: 3))
        }
        let all = try decided(Credit.self, given: part, when: clawBack(47, cause: 3))
        #expect(Credit.fold(part + all).remaining == .zero(.usd))
    }

    @Test func `the same cause takes back once`() throws {
        let part = try stream(Credit.self, credit(), clawBack(100, cause: 2))
        #expect(try decided(Credit.self, given: part, when: clawBack(100, cause: 2)).isEmpty)
    }

    @Test func `what was not credited cannot be taken back`() throws {
        #expect(throws: WalletError.notCredited) {
            try decided(Credit.self, when: clawBack(1, cause: 2))
        }
    }
}

@Suite("Provider events") struct ProviderEventTests {
    @Test func `an event that is delivered again is kept once, and a parked one can be retried`()
        throws
    {
        let received = ProviderEventReceived(
            provider: "sandbox", eventName: "ev_1", kind: "payout.paid", reference: nil,
            report: nil, body: "{}",
            receivedAt: noon)
        func handled(_ outcome: ProviderEventOutcome) -> ProviderEventHandled {
            ProviderEventHandled(outcome: outcome, reason: nil, handledAt: noon)
        }
        let parked = try stream(ProviderEvent.self, .record(received, handled(.parked)))
        #expect(
            try decided(
                ProviderEvent.self, given: parked, when: .record(received, handled(.applied))
            ).isEmpty)
        let applied = try decided(
            ProviderEvent.self, given: parked, when: .retry(handled(.applied)))
        #expect(ProviderEvent.fold(parked + applied).outcome == .applied)
        #expect(
            try decided(
                ProviderEvent.self, given: parked + applied, when: .retry(handled(.applied))
            ).isEmpty)
    }
}
