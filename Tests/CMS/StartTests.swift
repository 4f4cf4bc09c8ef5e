import ServiceKit
import TestSupport
import Testing

@testable import CMSService

@Suite struct StartTests {
    @Test func itHasAPortOfItsOwn() { #expect(CMSService.port == 8108) }
}
