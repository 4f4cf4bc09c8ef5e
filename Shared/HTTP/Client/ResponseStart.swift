/// The head of a response that came in, checked as strictly as requests are.
struct ResponseStart {
    let status: HTTPStatus
    let headers: HTTPHeaders
    let framing: BodyFraming
    let isKeptAlive: Bool

    init(
        _ bytes: UnsafeRawBufferPointer, _ parser: MessageParser, toHead: Bool
    ) throws(ProtocolFault) {
        let code = try Self.status(bytes)
        let isBodiless = toHead || HTTPStatus(code).isBodiless
        try parser.parseHead(bytes, fields: 8, hasNoBody: isBodiless)
        status = HTTPStatus(code)
        headers = parser.headers
        let fields = FramingFields(headers)
        let told = try fields.framing(isVersion11: parser.isVersion11)
        framing = isBodiless ? .none : told ?? .untilClose
        isKeptAlive =
            framing != .untilClose && !fields.wantsClose
            && (parser.isVersion11 || fields.wantsKeepAlive)
    }

    /// `HTTP/1.1 200 `, the reason being free.
    private static func status(_ bytes: UnsafeRawBufferPointer) throws(ProtocolFault) -> Int {
        let prefix: StaticString = "HTTP/1."
        guard bytes.count > 14 else { throw .status }
        for offset in 0..<7 where bytes[offset] != prefix.utf8Start[offset] { throw .status }
        let isSpaced = bytes[8] == 0x20 && (bytes[12] == 0x20 || bytes[12] == 0x0D)
        guard isSpaced, bytes[7] == UInt8(ascii: "0") || bytes[7] == UInt8(ascii: "1") else {
            throw .status
        }
        var code = 0
        for digit in bytes[9..<12] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { throw .status }
            code = code * 10 + Int(digit - UInt8(ascii: "0"))
        }
        guard code >= 100 else { throw .status }
        return code
    }
}
