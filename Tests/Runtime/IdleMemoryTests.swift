import Foundation
import Testing

@testable import Runtime

@Suite("Memory of idle programs") struct IdleMemoryTests {
    @Test func `code goes on running after its pages were given back`() throws {
        for _ in 0..<3 {
            IdleMemory.forgetCode()
            #expect((1...100).map { "\($0)" }.joined().count == 192)
        }
    }
}
