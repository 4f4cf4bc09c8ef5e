import ServiceKit
import Testing

@testable import OrderService

@Suite struct RefusalTests {
    @Test(arguments: [400, 403, 404, 409, 422])
    func whatWasUnderstoodAndNotWantedIsARefusal(status: Int) {
        #expect(error(status).isRefusal)
    }

    @Test(arguments: [401, 408, 429, 500, 503])
    func whatIsWrongWithTheMomentIsAskedAgain(status: Int) {
        #expect(!error(status).isRefusal)
    }

    @Test(arguments: ["request-in-progress", "conflict"])
    func whatTheSameRequestIsDoingAlreadyIsNoRefusal(slug: String) {
        #expect(!error(409, slug).isRefusal)
    }

    @Test func anotherConflictIsARefusal() { #expect(error(409, "insufficient-funds").isRefusal) }

    private func error(_ status: Int, _ slug: String? = nil) -> NeighbourError {
        NeighbourError(.refused, neighbour: "wallet", status: status, slug: slug, reason: "no")
    }
}
