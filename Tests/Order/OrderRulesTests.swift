import EventTypes
import TestSupport
import Testing

@testable import OrderService

@Suite("The rules of an order") struct OrderRulesTests {
    let now = Timestamp(seconds: 1_000)
    let hold: HoldID = identifier(40)
    let disc: ProductID = identifier(10)
    let book: ProductID = identifier(11)

    func placed() throws -> OrderPlaced {
        OrderPlaced(
            orderID: identifier(2), checkoutID: identifier(1), userID: identifier(3),
            lines: [
                OrderLine(
                    productID: disc, merchantID: identifier(5), title: "Disc", quantity: 3,
                    unitPrice: try usd(100), total: try usd(300)),
                OrderLine(
                    productID: book, merchantID: identifier(5), title: "Book", quantity: 1,
                    unitPrice: try usd(500), total: try usd(500)),
            ], total: try usd(800), placedAt: now)
    }

    func paid() throws -> Scenario<Order> {
        given(Order.self, [.placed(try placed())]).when(.pay(hold, at: now)).and()
    }

    func refund(_ number: UInt64, _ lines: Order.Wanted...) -> Order.Command {
        .refund(
            Order.RefundRequest(
                refundID: identifier(number), lines: lines, reason: "item_returned", at: now))
    }

    @Test func `it is paid once`() throws {
        let paid = try paid()
        paid.when(.pay(hold, at: now)).thenNothing()
        paid.when(.pay(identifier(41), at: now)).refuses(with: .wrongPhase(.paid))
        paid.when(.withdraw(reason: "timed_out", at: now)).refuses(with: .wrongPhase(.paid))
    }

    @Test func `no line gives back more than was paid for it, however it is asked`() throws {
        let two = Order.Wanted(productID: disc, quantity: 2, amount: nil)
        let scene = try paid().when(refund(60, two)).and()
        #expect(scene.state.refunds.first?.decided.amount == (try usd(200)))
        // It counts before the money has moved.
        #expect(scene.state.refundedMinor == 0)
        scene.when(refund(61, two)).refuses(with: .quantityOutOfRange(0, left: 1))
        let much = Order.Wanted(productID: disc, quantity: nil, amount: try usd(101))
        scene.when(refund(61, much)).refuses(with: .amountOutOfRange(0, left: try usd(100)))
        let rest = Order.Wanted(productID: disc, quantity: nil, amount: try usd(100))
        let empty = scene.when(refund(61, rest)).and()
        empty.when(refund(62, Order.Wanted(productID: disc, quantity: 1, amount: nil)))
            .refuses(with: .amountOutOfRange(0, left: try usd(0)))
        empty.when(refund(60, two)).thenNothing()
    }

    @Test func `a refund is told when its money has moved, once`() throws {
        let one = Order.Wanted(productID: book, quantity: 1, amount: nil)
        let decided = try paid().when(refund(60, one)).and()
        let waiting = decided.when(
            .report(identifier(60), .noAnswer(problem: "wallet"), at: now)
        ).and()
        #expect(waiting.state.refund(identifier(60))?.retryAt == now + .seconds(1))
        let moved = waiting.when(.report(identifier(60), .moved, at: now))
        #expect(moved.events.count == 1)
        moved.and().when(.report(identifier(60), .moved, at: now)).thenNothing()
        #expect(moved.and().state.refundedMinor == 500)
        let stuck = decided.when(.report(identifier(60), .refused(problem: "no"), at: now)).and()
        #expect(stuck.state.refund(identifier(60))?.isStuck == true)
        #expect(stuck.when(.retry(identifier(60), by: identifier(9), at: now)).refusal == nil)
    }

    @Test func `cancelling gives back what is left`() throws {
        let one = Order.Wanted(productID: disc, quantity: 1, amount: nil)
        let scene = try paid().when(refund(60, one)).and()
            .when(.cancel(identifier(61), reason: "changed_mind", at: now)).and()
        #expect(scene.state.phase == .cancelled)
        #expect(scene.state.refund(identifier(61))?.decided.amount == (try usd(700)))
        scene.when(.cancel(identifier(61), reason: "changed_mind", at: now)).thenNothing()
        scene.when(.fulfil(at: now)).refuses(with: .wrongPhase(.cancelled))
        try paid().when(.fulfil(at: now)).and()
            .when(.cancel(identifier(61), reason: "x", at: now))
            .refuses(with: .wrongPhase(.fulfilled))
    }

    @Test func `wrong lines are named`() throws {
        let scene = try paid()
        let strange = Order.Wanted(productID: identifier(99), quantity: 1, amount: nil)
        let good = Order.Wanted(productID: disc, quantity: 1, amount: nil)
        scene.when(refund(60, good, strange)).refuses(with: .notInOrder(1))
        scene.when(refund(60, good, good)).refuses(with: .wantedTwice(1))
        scene.when(refund(60, Order.Wanted(productID: disc, quantity: nil, amount: nil)))
            .refuses(with: .neitherQuantityNorAmount(0))
        scene.when(refund(60, Order.Wanted(productID: disc, quantity: 0, amount: nil)))
            .refuses(with: .quantityOutOfRange(0, left: 3))
        scene.when(
            refund(
                60, Order.Wanted(productID: disc, quantity: nil, amount: .zero(.eur)))
        ).refuses(with: .currencyDiffers(0))
        given(Order.self, [.placed(try placed())]).when(refund(60, good))
            .refuses(with: .wrongPhase(.placed))
    }
}
