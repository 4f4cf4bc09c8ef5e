import HTTP
import Runtime
import Testing

/// Whom a request comes from, behind proxies.
@Suite struct ForwardedClientTests {
    @Test(arguments: [
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("127.0.0.1", "198.51.100.1, 192.0.2.7, 10.1.2.3", "192.0.2.7"),
        ("127.0.0.1", "198.51.100.1, [2001:db8::1]:4711", "2001:db8::1"),
        ("::1", "nonsense", "::1"),
        ("::1", "10.1.0.9,  10.1.0.1", "10.1.0.9"),
        ("::1", nil, "::1"),
    ])
    func whatTrustedProxiesSayCounts(_ peer: String, _ forwarded: String?, _ client: String) {
        let proxies = ["127.0.0.0/8", "::1", "10.1.0.0/16"].compactMap(AddressRange.init)
        let request = HTTPRequest(
            method: .get, target: "/", headers: forwarded.map { ["X-Forwarded-For": $0] } ?? [:],
            remoteAddress: peer)
        #expect(request.client(behind: proxies)?.description == client)
    }

    @Test func aLongListIsLookedAtInPartOnly() throws {
        let proxies = [try #require(AddressRange("10.0.0.0/8"))]
        let list = (1...20).map { "10.0.0.\($0)" }.joined(separator: ",")
        let request = HTTPRequest(
            method: .get, target: "/", headers: ["X-Forwarded-For": list],
            remoteAddress: "10.0.0.99")
        #expect(request.client(behind: proxies)?.description == "10.0.0.5")
    }

    @Test func aSocketOfNoAddressHasNoClient() {
        let request = HTTPRequest(method: .get, target: "/", remoteAddress: "@")
        #expect(request.client(behind: []) == nil)
    }
}
