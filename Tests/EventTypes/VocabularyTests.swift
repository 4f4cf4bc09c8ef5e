import EventTypes
import Testing

@Suite struct VocabularyTests {
    @Test func identifiersComeBackAsTheyWent() throws {
        let text = "01920000-0000-7000-8000-00000000002a"
        let user = try #require(UserID(text))
        #expect(user.description == text)
        #expect(UserID(text.uppercased()) == user)
        #expect(user < UserID(high: user.high, low: user.low + 1))
    }

    @Test(arguments: [
        "", "01920000-0000-7000-8000-00000000002", "01920000-0000-7000-8000-00000000002aa",
        "01920000x0000-7000-8000-00000000002a", "01920000-0000-7000-8000-00000000002g",
        "0192000000007000800000000000002a",
    ])
    func otherTextIsNoIdentifier(_ text: String) { #expect(UserID(text) == nil) }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-01T00:00:00Z", 1_767_225_600_000_000),
            ("2024-02-29T23:59:59.123456Z", 1_709_251_199_123_456),
            ("2026-01-01T01:30:00+01:30", 1_767_225_600_000_000),
            ("1969-12-31T23:59:59.5Z", -500_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
            ("9999-12-31T23:59:60+00:01", 253_402_300_740_000_000),
        ] as [(String, Int64)])
    func timesAreReadAsRFC3339(_ text: String, _ microseconds: Int64) throws {
        let time = try #require(Timestamp(text))
        #expect(time.microseconds == microseconds)
        #expect(Timestamp(time.description) == time)
    }

    @Test(arguments: [
        "", "2026-01", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00", "2026-01-01 00:00", "2023-02-29T00:00:00Z",
        // Their years in UTC could not be written.
        "9999-12-31T23:59:60Z", "9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01",
    ])
    func otherTextIsNoTime(_ text: String) { #expect(Timestamp(text) == nil) }

    @Test func daysBeginAtMidnight() throws {
        let time = try #require(Timestamp("2026-03-01T17:04:05.6Z"))
        #expect(time.startOfDay == Timestamp("2026-03-01T00:00:00Z"))
        #expect(time.dateText == "2026-03-01")
        #expect(Timestamp(year: 2026, month: 2, day: 30) == nil)
        #expect((time + .seconds(60)).since(time) == .seconds(60))
    }
}
