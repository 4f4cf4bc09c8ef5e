import JSON
import Testing

@testable import ControlService

@Suite struct CaughtMailTests {
    private func mail(_ text: String) throws -> CaughtMail {
        try #require(
            CaughtMail([
                "id": "01920000-0000-7000-8000-000000000001", "to": ["ada@souk.example"],
                "subject": "Your code", "received_at": "2026-01-02T03:04:05Z",
                "text": .string(text),
                "headers": [
                    ["name": "Date", "value": "now"], ["name": "Message-Id", "value": "<1@souk>"],
                ],
            ]))
    }

    @Test func theCodeIsTheOnlyNumberOfSixDigits() throws {
        #expect(try mail("Your code is 012345.\r\nIt ends in 15 minutes.").code == "012345")
        #expect(try mail("Order 1234567 of 20260102, item a123456.").code == nil)
        #expect(try mail("").messageID == "<1@souk>")
    }

    @Test func whatHasNoNameIsNoMessage() { #expect(CaughtMail(["subject": "x"]) == nil) }
}
