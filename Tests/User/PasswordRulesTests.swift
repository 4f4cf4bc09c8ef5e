import Testing

@testable import UserService

@Suite struct PasswordRulesTests {
    private let rules = PasswordRules(common: ["correcthorsebatterystaple", "password", "iloveyou"])

    @Test(arguments: [
        "short-but-odd!", "12345678901234", "",
    ])
    func fewerThanFifteenCharactersAreTooShort(_ password: String) {
        #expect(throws: PasswordRules.Fault.tooShort) { try rules.check(password, ownNames: []) }
    }

    @Test(arguments: [
        "correcthorsebatterystaple", "CorrectHorseBatteryStaple", "correcthorsebatterystaple99!",
        "passwordpassword", "aaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "123456789012345678",
        "qwertyuiopasdfgh", "iloveyouiloveyou",
    ])
    func whatManyPeopleChooseIsRefused(_ password: String) {
        #expect(throws: PasswordRules.Fault.common) { try rules.check(password, ownNames: []) }
    }

    @Test func aPasswordOfOnesOwnNameIsRefused() {
        #expect(throws: PasswordRules.Fault.containsOwnName) {
            try rules.check("alexandra.alexandra1", ownNames: ["alexandra"])
        }
    }

    @Test(arguments: [
        "a quiet walk by the river", "zwölf große Kürbisse im Garten",
        "это длинная фраза для входа",
        "no digits or capitals here",
    ])
    func anyLongPhraseWillDo(_ password: String) throws {
        try rules.check(password, ownNames: ["alexandra", "souk"])
    }

    @Test func theUpperLimitHolds() {
        let long = (0..<129).map { String(UnicodeScalar(UInt8(33 + $0 * 7 % 90))) }.joined()
        #expect(throws: PasswordRules.Fault.tooLong) { try rules.check(long, ownNames: []) }
    }
}

@Suite struct EmailAddressTests {
    @Test(arguments: [
        "a@b.co", "First.Last+tag@Example.ORG", "o'neil@mail.example.ie", "x_1@a-b.io",
    ])
    func deliverableAddressesAreRead(_ text: String) {
        #expect(EmailAddress(text)?.text == text.lowercased())
    }

    @Test(arguments: [
        "", "a", "@b.co", "a@", "a@b", "a@@b.co", "a b@c.de", ".a@b.co", "a.@b.co", "a..b@c.de",
        "a@-b.co", "a@b-.co", "a@b..co", "a@b.123", "a\r\nBcc: x@y.zz@b.co", "ü@b.co",
    ])
    func othersAreNot(_ text: String) {
        #expect(EmailAddress(text) == nil)
    }
}
