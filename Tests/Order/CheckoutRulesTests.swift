import EventTypes
import TestSupport
import Testing

@testable import OrderService

@Suite("The rules of a checkout") struct CheckoutRulesTests {
    let begin = Timestamp(seconds: 1_000)
    var soon: Timestamp { begin + .seconds(1) }
    var late: Timestamp { begin + .seconds(60) }
    let product: ProductID = identifier(10)
    let hold: HoldID = identifier(40)

    func request() throws -> CheckoutStarted {
        CheckoutStarted(
            checkoutID: identifier(1), orderID: identifier(2), userID: identifier(3),
            cartID: identifier(4), items: [CheckoutItem(productID: product, quantity: 2)],
            expectedTotal: try usd(200), clickID: nil, startedAt: begin, deadline: late,
            holdSeconds: 960)
    }

    var stock: ReservedStock { ReservedStock(productID: product, reservationID: identifier(30)) }

    func lines() throws -> [OrderLine] {
        [
            OrderLine(
                productID: product, merchantID: identifier(5), title: "Disc", quantity: 2,
                unitPrice: try usd(100), total: try usd(200))
        ]
    }

    func started() throws -> Scenario<Checkout> { given(Checkout.self, [.started(try request())]) }

    func placed() throws -> Scenario<Checkout> {
        try started()
            .when(.report(.confirmed(try lines(), try usd(200), [stock]), at: soon)).and()
            .when(.report(.held(hold), at: soon)).and()
    }

    @Test func `it goes from step to step, and each is said once`() throws {
        #expect(Checkout.next(try started().state, at: soon) == .step(.confirm))
        let confirmed = try started()
            .when(.report(.confirmed(try lines(), try usd(200), [stock]), at: soon)).and()
        #expect(Checkout.next(confirmed.state, at: soon) == .step(.hold))
        confirmed.when(.report(.confirmed(try lines(), try usd(200), [stock]), at: soon))
            .thenNothing()
        let placed = try placed()
        #expect(placed.state.phase == .placed)
        #expect(Checkout.next(placed.state, at: soon) == .step(.capture))
        placed.when(.report(.held(hold), at: soon)).thenNothing()
        let paid = placed.when(.report(.captured(hold), at: soon)).and()
        #expect(Checkout.next(paid.state, at: late) == .step(.fulfil))
        paid.when(.turnBack(reason: "timed_out", at: late)).thenNothing()
        let completed = paid.when(.report(.fulfilled, at: soon)).and()
        #expect(Checkout.next(completed.state, at: late) == .rest)
        #expect(!completed.state.holdsSomething)
        #expect(
            completed.state.milestones.map(\.name)
                == ["started", "confirmed", "held", "placed", "paid", "completed"])
    }

    @Test func `a refusal gives back in reverse what was made`() throws {
        let back = try started()
            .when(.report(.confirmed(try lines(), try usd(200), [stock]), at: soon)).and()
            .when(.report(.notHeld(reason: "insufficient_funds"), at: soon)).and()
        #expect(Checkout.next(back.state, at: soon) == .step(.releaseStock))
        back.when(.end(at: soon)).thenNothing()
        let empty = back.when(.report(.stockReleased, at: soon)).and()
        #expect(Checkout.next(empty.state, at: soon) == .end)
        let failed = empty.when(.end(at: soon)).and()
        #expect(failed.state.phase == .failed)
        #expect(failed.state.reason == "insufficient_funds")
    }

    @Test func `when time is over before anything is certain, everything is unresolved`() throws {
        #expect(
            Checkout.next(try started().state, at: late) == .turnBack(reason: "timed_out"))
        let back = try started().when(.turnBack(reason: "timed_out", at: late)).and()
        #expect(back.state.stock == [product: .unresolved])
        let confirmed = try started()
            .when(.report(.confirmed(try lines(), try usd(200), [stock]), at: soon)).and()
            .when(.turnBack(reason: "timed_out", at: late)).and()
        #expect(confirmed.state.hold == .unresolved)
        #expect(Checkout.next(confirmed.state, at: late) == .step(.releaseHold))
    }

    @Test func `the wallet decides whether it goes forward or back`() throws {
        let back = try placed().when(.turnBack(reason: "timed_out", at: late)).and()
        #expect(Checkout.next(back.state, at: late) == .step(.releaseHold))
        // The capture, whose answer was lost, came first.
        let paid = back.when(.report(.captured(hold), at: late)).and()
        #expect(paid.state.phase == .paid)
        #expect(paid.state.reason == nil)
        #expect(Checkout.next(paid.state, at: late) == .step(.fulfil))
        let released = back.when(.report(.holdGone(reason: "released"), at: late)).and()
        released.when(.report(.captured(hold), at: late)).thenNothing()
        #expect(Checkout.next(released.state, at: late) == .step(.releaseStock))
    }

    @Test func `after the payment it never goes back, but asks a person`() throws {
        var scene = try placed().when(.report(.captured(hold), at: soon)).and()
        var now = soon
        for attempt in 1...Checkout.mostAttempts {
            #expect(!scene.state.isStuck)
            scene = scene.when(.report(.noAnswer(.fulfil, problem: "catalog"), at: now)).and()
            #expect(scene.state.attempts == attempt)
            now = scene.state.retryAt ?? now
        }
        #expect(scene.state.isStuck)
        #expect(scene.state.phase == .paid)
        #expect(Checkout.next(scene.state, at: now) == .rest)
        let again = scene.when(.retry(by: identifier(9), at: now)).and()
        #expect(Checkout.next(again.state, at: now) == .step(.fulfil))
    }

    @Test func `pauses grow, and end with the time that it has`() throws {
        let once = try started().when(.report(.noAnswer(.confirm, problem: "x"), at: soon)).and()
        #expect(Checkout.next(once.state, at: soon) == .wait(until: soon + .seconds(1)))
        // Another worker says the same.
        once.when(.report(.noAnswer(.confirm, problem: "x"), at: soon)).thenNothing()
        #expect(Checkout.next(once.state, at: soon + .seconds(1)) == .step(.confirm))
        once.when(.retry(by: identifier(9), at: soon))
            .then([.retried(CheckoutRetried(retriedBy: identifier(9), retriedAt: soon))])
    }

    @Test func `a price that is not what its buyer expects is refused`() throws {
        let offered = Offered(
            productID: product, merchantID: identifier(5), title: "Disc", price: try usd(100),
            isListed: true, available: 2)
        let items = try request().items
        func check(_ cents: Int64, _ products: [ProductID: Offered]) throws
            -> CheckoutPricing.Result
        { CheckoutPricing.check(items, expecting: try usd(cents), products) }
        #expect(try check(200, [product: offered]) == .agreed(try lines(), try usd(200)))
        #expect(try check(199, [product: offered]) == .refused(reason: "price_changed"))
        #expect(try check(200, [:]) == .refused(reason: "product_unavailable"))
    }
}
