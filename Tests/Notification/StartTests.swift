import ServiceKit
import TestSupport
import Testing

@testable import NotificationService

@Suite struct StartTests {
    @Test func itHasAPortOfItsOwn() { #expect(NotificationService.port == 8106) }
}
