import EventTypes
import TestSupport
import Testing

@testable import OrderService

@Suite("The rules of carts") struct CartRulesTests {
    static let opened = CartOpened(
        cartID: identifier(1), owner: identifier(2), tokenHash: nil,
        openedAt: Timestamp(seconds: 1))

    func line(_ product: UInt64, _ quantity: Int64, _ currency: Currency = .usd) throws -> CartLine
    {
        CartLine(
            productID: identifier(product), merchantID: identifier(3), title: "Disc",
            quantity: quantity, unitPrice: try Money(minorUnits: 100, currency))
    }

    @Test func `a product is put in once, with limits`() throws {
        let two = try line(10, 2)
        given(Cart.self, [.opened(Self.opened)])
            .when(.set(two)).then([.lineSet(CartLineSet(line: two))])
            .when(.set(two)).thenNothing()
            .when(.set(try line(10, 100))).refuses(with: .quantityOutOfRange)
            .when(.set(try line(11, 1, .eur))).refuses(with: .currencyDiffers(.usd))
            .when(.remove(identifier(99))).thenNothing()
        given(Cart.self).when(.set(two)).refuses(with: .absent)
    }

    @Test func `there is an end to the products of a cart`() throws {
        let full: [CartEvent] = try (0..<UInt64(Cart.mostLines)).map {
            .lineSet(CartLineSet(line: try line(100 + $0, 1)))
        }
        given(Cart.self, [.opened(Self.opened)] + full)
            .when(.set(try line(99, 1))).refuses(with: .tooManyLines)
            .when(.set(try line(100, 5)))
            .then([.lineSet(CartLineSet(line: try line(100, 5)))])
    }

    @Test func `merging adds quantities, keeps to the limits, and happens once`() throws {
        let guest: CartID = identifier(7)
        let merged = CartMerged(
            from: guest, lines: [try line(10, 99), try line(11, 1)],
            leftOut: [try line(10, 4), try line(12, 1, .eur)])
        given(Cart.self, [.opened(Self.opened), .lineSet(CartLineSet(line: try line(10, 98)))])
            .when(.merge(guest, [try line(10, 5), try line(11, 1), try line(12, 1, .eur)]))
            .then([.merged(merged)])
            .when(.merge(guest, [try line(10, 5)])).thenNothing()
    }

    @Test func `what was ordered leaves, what was added since stays`() throws {
        let item = CheckoutItem(productID: identifier(10), quantity: 2)
        let state = Cart.fold([
            .opened(Self.opened), .lineSet(CartLineSet(line: try line(10, 3))),
            .ordered(CartOrdered(orderID: identifier(5), items: [item])),
        ])
        #expect(state.lines == [try line(10, 1)])
    }

    @Test func `a guest's cart goes to one person only`() {
        let close = CartClosed(reason: .merged, into: identifier(20))
        given(Cart.self, [.opened(Self.opened)])
            .when(.close(close)).then([.closed(close)])
            .when(.close(close)).thenNothing()
            .when(.close(CartClosed(reason: .merged, into: identifier(21))))
            .refuses(with: .mergedElsewhere)
    }
}
