import ServiceKit
import TestSupport
import Testing

@testable import OrderService

@Suite struct StartTests {
    @Test func itHasAPortOfItsOwn() { #expect(OrderService.port == 8104) }
}
