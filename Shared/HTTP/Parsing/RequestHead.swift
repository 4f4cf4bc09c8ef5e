/// The head of a request, held to everything that RFC 9112 demands of it.
struct RequestHead {
    let method: HTTPMethod
    /// In origin form (or `*` for OPTIONS).
    let target: String
    let headers: HTTPHeaders
    let framing: BodyFraming
    let isVersion11: Bool
    let isKeptAlive: Bool
    let expectsContinue: Bool
    let wantsUpgrade: Bool

    /// Parses and checks a whole head.
    init(
        _ bytes: UnsafeRawBufferPointer, _ parser: MessageParser, isSecure: Bool
    ) throws(ProtocolFault) {
        try Self.checkLine(bytes)
        try parser.parseHead(bytes, fields: 8)
        headers = parser.headers
        method = parser.method
        isVersion11 = parser.isVersion11
        let fields = FramingFields(headers)
        try Self.checkHost(headers, fields, isVersion11)
        target = try RequestTarget.originForm(
            parser.target, method: method,
            host: fields.hosts == 0 ? nil : headers.value(at: fields.hostIndex),
            isSecure: isSecure)
        framing = try fields.framing(isVersion11: isVersion11) ?? .none
        if fields.expectations > 0, !fields.expectsContinue || fields.expectations > 1 {
            throw .expectation
        }
        expectsContinue = fields.expectsContinue && isVersion11 && framing != .none
        isKeptAlive = !fields.wantsClose && (isVersion11 || fields.wantsKeepAlive)
        wantsUpgrade = fields.wantsUpgrade && isVersion11
    }

    /// A method, a space, a target, a space, a version, and nothing else. The parser takes more
    /// spaces, and HTTP/0.9.
    private static func checkLine(_ bytes: UnsafeRawBufferPointer) throws(ProtocolFault) {
        var spaces = 0
        var end = 0
        while end < bytes.count, bytes[end] != 0x0D {
            if bytes[end] == 0x20 { spaces += 1 }
            end += 1
        }
        guard spaces == 2, end >= 14, bytes[end - 9] == 0x20, bytes[0] != 0x20 else {
            throw .requestLine
        }
        let prefix: StaticString = "HTTP/"
        for offset in 0..<5 where bytes[end - 8 + offset] != prefix.utf8Start[offset] {
            throw .requestLine
        }
        let isDotted = bytes[end - 2] == UInt8(ascii: ".")
        guard isDotted, isDigit(bytes[end - 3]), isDigit(bytes[end - 1]) else {
            throw .requestLine
        }
        guard bytes[end - 3] == UInt8(ascii: "1"), bytes[end - 1] <= UInt8(ascii: "1") else {
            throw .version
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func checkHost(
        _ headers: HTTPHeaders, _ fields: FramingFields, _ isVersion11: Bool
    ) throws(ProtocolFault) {
        if fields.hosts > 1 { throw .hostRepeated }
        if fields.hosts == 0 {
            if isVersion11 { throw .hostMissing }
            return
        }
        guard headers.withValue(at: fields.hostIndex, RequestTarget.isAuthority) else {
            throw .host
        }
    }
}
