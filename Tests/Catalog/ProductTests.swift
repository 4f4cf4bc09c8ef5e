import EventTypes
import Testing

@testable import CatalogService

@Suite struct ProductTests {
    private let now = Timestamp(seconds: 1_000)

    private func listed(stock: Int) throws -> Product.State {
        let listing = ProductListed(
            productID: ProductID(high: 1, low: 1), merchantID: MerchantID(high: 2, low: 2),
            sku: "CD-1", title: "Compact disc", description: "", categoryID: nil,
            price: try Money(minorUnits: 1_499, .usd))
        return try run([.list(listing), .setStock(stock)], from: Product.initial)
    }

    private func run(
        _ commands: [Product.Command], from start: Product.State
    ) throws -> Product.State {
        var state = start
        for command in commands {
            for event in try Product.decide(command, state) { Product.evolve(&state, event) }
        }
        return state
    }

    private func reserve(_ id: String, _ quantity: Int) -> Product.Command {
        .reserve(id: id, quantity: quantity, expiresAt: now + .seconds(60), now: now)
    }

    @Test func theLastPieceIsPromisedOnce() throws {
        let state = try run([reserve("a", 1)], from: try listed(stock: 1))
        #expect(throws: Product.Refusal.outOfStock(free: 0)) {
            try Product.decide(reserve("b", 1), state)
        }
    }

    @Test func aRepeatedReservationIsTheSameOne() throws {
        let state = try run([reserve("a", 2)], from: try listed(stock: 3))
        #expect(try Product.decide(reserve("a", 2), state).isEmpty)
        #expect(throws: Product.Refusal.reservationEnded) {
            try Product.decide(reserve("a", 3), state)
        }
    }

    @Test func anExpiredReservationFreesItsPiecesOnce() throws {
        let state = try run([reserve("a", 1)], from: try listed(stock: 1))
        #expect(try Product.decide(.expire(id: "a", now: now + .seconds(59)), state).isEmpty)
        let expired = try run([.expire(id: "a", now: now + .seconds(60))], from: state)
        #expect(expired.free == 1)
        #expect(try Product.decide(.expire(id: "a", now: now + .seconds(61)), expired).isEmpty)
        #expect(throws: Product.Refusal.reservationEnded) {
            try Product.decide(.fulfil(id: "a", now: now + .seconds(61)), expired)
        }
    }

    @Test func fulfillingTakesThePiecesAway() throws {
        let state = try run(
            [reserve("a", 2), .fulfil(id: "a", now: now)], from: try listed(stock: 5))
        #expect(state.onHand == 3 && state.free == 3)
        #expect(try Product.decide(.release(id: "a"), state).isEmpty)
    }

    @Test func aCountBelowWhatIsReservedIsRefused() throws {
        let state = try run([reserve("a", 4)], from: try listed(stock: 5))
        #expect(throws: Product.Refusal.belowReserved(reserved: 4)) {
            try Product.decide(.setStock(3), state)
        }
    }

    @Test(arguments: [0, -1, Product.mostPieces + 1])
    func quantitiesOutsideTheLimitsAreRefused(_ quantity: Int) throws {
        let state = try listed(stock: 5)
        #expect(throws: Product.Refusal.quantityOutOfRange) {
            try Product.decide(reserve("a", quantity), state)
        }
    }
}
