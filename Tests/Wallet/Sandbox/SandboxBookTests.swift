internal import EventTypes
internal import TestSupport
internal import Testing

@testable internal import SandboxService

@Suite("Sandbox payments") struct SandboxBookTests {
    func request(
        _ key: String = "k", kind: PaymentKind = .payout, cents: Int64 = 500,
        fingerprint: String = "f", destination: String? = "ba_1",
        _ change: (inout Behaviour) -> Void = { _ in }
    ) throws -> SandboxBook.Request {
        var behaviour = Behaviour()
        behaviour.delayMilliseconds = 1_000
        change(&behaviour)
        return SandboxBook.Request(
            kind: kind, amount: try usd(cents), reference: "withdrawal-1",
            destination: destination, behaviour: behaviour, idempotencyKey: key,
            fingerprint: fingerprint)
    }

    /// Lets `seconds` pass one by one and delivers everything; gives what was delivered.
    func deliver(_ book: inout SandboxBook, seconds: Int64 = 5) -> [(String, PaymentState)] {
        var delivered: [(String, PaymentState)] = []
        for second in 0...seconds {
            let now = noon + .seconds(second)
            _ = book.move(at: now)
            while true {
                let due = book.takeDeliveries(10, at: now)
                if due.isEmpty { break }
                for delivery in due {
                    delivered.append((delivery.event, delivery.payment.status))
                    _ = book.note(delivery.event, isDelivered: true, at: now)
                }
            }
        }
        return delivered
    }

    @Test func `a payout goes from pending to succeeded, each step delivered once, in order`()
        throws
    {
        var book = SandboxBook()
        _ = try book.create(request(), id: "po_1", at: noon)
        let delivered = deliver(&book)
        #expect(delivered.map(\.1) == [.pending, .processing, .succeeded])
        #expect(Set(delivered.map(\.0)).count == 3)
        #expect(book.deliveries.count == 0)
        #expect(book.nextDue == nil)
    }

    @Test func `the same key is the same payment, and nothing else`() throws {
        var book = SandboxBook()
        let first = try book.create(request(), id: "po_1", at: noon)
        let second = try book.create(request(), id: "po_2", at: noon)
        #expect(second.fact == nil)
        #expect(second.payment.id == first.payment.id)
        #expect(throws: SandboxError.keyReused) {
            try book.create(request(fingerprint: "other"), id: "po_3", at: noon)
        }
    }

    @Test func `failures, stalls, refusals and outages come on demand`() throws {
        var book = SandboxBook()
        _ = try book.create(
            request("a") { behaviour in
                behaviour.outcome = .fail
                behaviour.reason = "account_closed"
            }, id: "po_1", at: noon)
        _ = try book.create(request("b") { $0.outcome = .stall }, id: "po_2", at: noon)
        #expect(throws: SandboxError.refused("unknown_account")) {
            try book.create(
                request("c") { behaviour in
                    behaviour.outcome = .refuse
                    behaviour.reason = "unknown_account"
                }, id: "po_3", at: noon)
        }
        for _ in 0..<2 {
            #expect(throws: SandboxError.unavailable) {
                try book.create(request("d") { $0.unavailableTimes = 2 }, id: "po_4", at: noon)
            }
        }
        _ = try book.create(request("d") { $0.unavailableTimes = 2 }, id: "po_4", at: noon)
        _ = deliver(&book)
        #expect(book.entries["po_1"]?.payment.status == .failed)
        #expect(book.entries["po_1"]?.payment.reason == "account_closed")
        #expect(book.entries["po_2"]?.payment.status == .processing)
        #expect(book.entries["po_3"] == nil)
        #expect(book.entries["po_4"]?.payment.status == .succeeded)
    }

    @Test func `events come twice, backwards or not at all on demand`() throws {
        var twice = SandboxBook()
        _ = try twice.create(request { $0.copies = 2 }, id: "po_1", at: noon)
        #expect(deliver(&twice).count == 6)
        var backwards = SandboxBook()
        _ = try backwards.create(request { $0.webhooks = .reversed }, id: "po_1", at: noon)
        #expect(deliver(&backwards).map(\.1) == [.succeeded, .processing, .pending])
        var silent = SandboxBook()
        _ = try silent.create(request { $0.webhooks = .none }, id: "po_1", at: noon)
        #expect(deliver(&silent).isEmpty)
        #expect(silent.entries["po_1"]?.payment.status == .succeeded)
    }

    @Test func `an event that does not arrive is repeated with growing pauses, then given up`()
        throws
    {
        var book = SandboxBook()
        _ = try book.create(request { $0.outcome = .stall }, id: "po_1", at: noon)
        var now = noon
        var attempts = 0
        var pauses: [Duration] = []
        while attempts < 100, let event = book.takeDeliveries(1, at: now).first {
            attempts += 1
            if book.note(event.event, isDelivered: false, at: now) != nil { break }
            let due = try #require(book.deliveries.nextDue)
            pauses.append(due.since(now))
            now = due
        }
        #expect(attempts == DeliveryQueue.mostAttempts)
        #expect(pauses == pauses.sorted())
        #expect(pauses.last == DeliveryQueue.longestPause)
    }

    @Test func `nothing of a payment is delivered while something of it is under way`() throws {
        var book = SandboxBook()
        _ = try book.create(request(), id: "po_1", at: noon)
        let first = book.takeDeliveries(10, at: noon)
        #expect(first.count == 1)
        _ = book.move(at: noon + .seconds(1))
        #expect(book.takeDeliveries(10, at: noon + .seconds(9)).isEmpty)
        _ = book.note(first[0].event, isDelivered: true, at: noon + .seconds(9))
        #expect(book.takeDeliveries(10, at: noon + .seconds(9)).count == 1)
    }

    @Test func `the facts alone bring everything back`() throws {
        var book = SandboxBook()
        var facts: [SandboxFact] = []
        facts.append(book.setBehaviour(Behaviour(), of: .deposit))
        facts += [try book.create(request("a"), id: "po_1", at: noon).fact].compactMap(\.self)
        facts += [
            try book.create(request("b", kind: .deposit), id: "de_1", at: noon).fact
        ].compactMap(\.self)
        facts += book.move(at: noon + .seconds(1))
        let due = book.takeDeliveries(1, at: noon + .seconds(1))
        facts += [book.note(due[0].event, isDelivered: true, at: noon)].compactMap(\.self)
        var again = SandboxBook()
        for fact in facts { again.apply(fact) }
        #expect(again.order == book.order)
        #expect(again.entries.mapValues(\.payment) == book.entries.mapValues(\.payment))
        #expect(again.deliveries.count == book.deliveries.count)
        #expect(deliver(&again).count == 5)
        #expect(
            try again.create(request("a"), id: "po_9", at: noon).payment.id == "po_1")
    }

    @Test func `balances are what succeeded, in less out`() throws {
        var book = SandboxBook()
        _ = try book.create(request("a", cents: 300), id: "po_1", at: noon)
        _ = try book.create(request("b", kind: .deposit, cents: 1_000), id: "de_1", at: noon)
        _ = try book.create(
            request("c", kind: .deposit, cents: 50) { $0.outcome = .fail }, id: "de_2", at: noon)
        _ = deliver(&book)
        #expect(book.balances() == [try usd(700)])
    }

    @Test func `bad requests are refused`() throws {
        var book = SandboxBook()
        for cents in [0, -1] as [Int64] {
            #expect(throws: SandboxError.amountNotPositive) {
                try book.create(request(cents: cents), id: "po_1", at: noon)
            }
        }
        #expect(throws: SandboxError.destinationMissing) {
            try book.create(request(destination: nil), id: "po_1", at: noon)
        }
        #expect(book.order.isEmpty)
    }
}
