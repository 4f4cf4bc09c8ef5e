import Runtime
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"), ("[2001:DB8::1]:4711", "2001:db8::1"),
        ("2001:db8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"),
    ])
    func itIsWrittenInOneWay(_ text: String, _ written: String) {
        #expect(IPAddress(text)?.description == written)
    }

    @Test(arguments: [
        "", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "[::1", "1::2::3", "12345::",
        "192.0.2.7 ", "0x7f.0.0.1",
    ])
    func whatIsNoneIsRefused(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("2001:db8:0:7::1", "20010db800000007::/64"), ("192.0.2.7", "192.0.2.7"),
    ])
    func whatOneClientHasIsOneName(_ text: String, _ name: String) {
        #expect(IPAddress(text)?.networkName == name)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("10.0.0.0/8", "::ffff:10.0.0.1", true), ("2001:db8::/33", "2001:db8:7fff::1", true),
        ("2001:db8::/33", "2001:db8:8000::1", false), ("::1", "::1", true),
        ("::1", "::2", false), ("0.0.0.0/0", "198.51.100.1", true), ("0.0.0.0/0", "::1", false),
        ("::/0", "198.51.100.1", true),
    ])
    func aRangeHoldsWhatBeginsLikeIt(_ range: String, _ address: String, holds: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(IPAddress(address))) == holds)
    }

    @Test(arguments: ["localhost", "10.0.0.0/33", "::/129", "10.0.0.0/8/8", "[::1]", "10.0.0.0/-1"])
    func whatIsNoRangeIsRefused(_ text: String) {
        #expect(AddressRange(text) == nil)
    }
}
