import Runtime
import Testing

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("192.0.2.7", "::ffff:192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
        ("2001:db8:0:7::1", "2001:db8:0:7:ffff::2", true),
        ("2001:db8:0:7::1", "2001:db8:0:8::1", false), ("::1", "127.0.0.1", false),
    ])
    func aClientHasOneNetwork(_ one: String, _ other: String, isSame: Bool) throws {
        let networks = try [one, other].map {
            try #require(SocketAddress(literal: $0, port: 1)).network
        }
        #expect((networks[0] == networks[1]) == isSame)
    }
}
