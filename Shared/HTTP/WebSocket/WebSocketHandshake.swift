/// What a client says when it asks for a WebSocket (RFC 6455 §4.2.1).
public struct WebSocketHandshake: Sendable {
    /// The client's nonce: Base64 of 16 bytes.
    let key: String
    /// The subprotocols that it offers, the preferred first.
    public let subprotocols: [String]

    /// Nil for a request that asks for none, or not as it should.
    public init?(_ request: HTTPRequest) {
        let keys = request.headers.all("Sec-WebSocket-Key")
        guard Self.isAskedFor(by: request), request.body.length == 0,
            request.headers.all("Sec-WebSocket-Version") == ["13"], keys.count == 1,
            Self.isKey(keys[0])
        else { return nil }
        let offered = request.headers.list("Sec-WebSocket-Protocol")
        guard offered.allSatisfy({ $0.utf8.allSatisfy(FieldSyntax.isTokenByte) }),
            Set(offered).count == offered.count
        else { return nil }
        key = keys[0]
        subprotocols = offered
    }

    /// Whether the request wants the connection to become a WebSocket, well said or not.
    public static func isAskedFor(by request: HTTPRequest) -> Bool {
        request.method == .get
            && request.headers.list("Connection").contains {
                FieldSyntax.isEqual($0, "upgrade")
            }
            && request.headers.list("Upgrade").contains { FieldSyntax.isEqual($0, "websocket") }
    }

    /// What a client is answered whose handshake is none.
    public static var refusal: Problem {
        Problem(
            "upgrade-required", 426, "This is a WebSocket",
            detail: "Ask with Upgrade: websocket and Sec-WebSocket-Version: 13.",
            headers: ["Sec-WebSocket-Version": "13", "Vary": "Upgrade"])
    }

    private static func isKey(_ text: String) -> Bool {
        text.utf8.count == 24 && text.hasSuffix("==")
            && text.utf8.dropLast(2).allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }
}
