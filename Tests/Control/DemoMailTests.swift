import Testing

@testable import ControlService

@Suite struct DemoMailTests {
    /// A slow platform sends two codes at once, and the first comes last.
    @Test func everyCodeIsTriedOnceTheNewestFirst() {
        var codes = DemoMail.Codes()
        #expect(codes.next(after: []) == nil)
        codes.add("222222")
        codes.add("111111")
        #expect(codes.next(after: []) == "111111")
        #expect(codes.next(after: ["111111"]) == "222222")
        #expect(codes.next(after: ["111111", "222222"]) == nil)
        codes.add("333333")
        #expect(codes.next(after: ["111111", "222222"]) == "333333")
    }
}
