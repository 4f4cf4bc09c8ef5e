import Testing

@testable import HTTP

@Suite struct HTTPURLTests {
    @Test(arguments: [
        ("http://shop.example", "http://shop.example", "/"),
        ("HTTP://Shop.Example/a?b=c", "http://shop.example", "/a?b=c"),
        ("https://shop.example:8443/", "https://shop.example:8443", "/"),
        ("https://shop.example:443/a#part", "https://shop.example", "/a"),
        ("ws://127.0.0.1:80?x", "http://127.0.0.1", "/?x"),
        ("wss://[2001:DB8::1]:9/ws", "https://[2001:db8::1]:9", "/ws"),
        ("http://[::1]", "http://[::1]", "/"),
    ])
    func isTakenApart(_ text: String, origin: String, target: String) {
        let url = HTTPURL(text)
        #expect(url?.origin.description == origin)
        #expect(url?.target == target)
    }

    @Test(arguments: [
        "", "http", "http:", "http:/", "http://", "http:///a", "ftp://shop.example/",
        "//shop.example",
        "http://user@shop.example/", "http://shop.example:/", "http://shop.example:0/",
        "http://shop.example:65536/", "http://shop.example:+80/", "http://shop.example:8x/",
        "http://[::1", "http://[::1]x", "http://[]/", "http://shop.example/a b",
        "http://shop.example/\u{7F}", "http://shop.example/é", "http://shop\u{0}.example/",
    ])
    func isRefused(_ text: String) {
        #expect(HTTPURL(text) == nil)
    }
}
