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

    private func error(_ status: Int) -> NeighbourError {
        NeighbourError(.refused, neighbour: "wallet", status: status, reason: "no")
    }
}
