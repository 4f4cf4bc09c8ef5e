/// How the end of a message's body is found (RFC 9112 §6).
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
    /// Until the connection ends; responses only.
    case untilClose
}

/// The fields of a head that say how the message and the connection go on.
struct FramingFields {
    var hosts = 0
    var hostIndex = -1
    private var lengths = 0
    private var length = -1
    private var codings = 0
    private var isChunked = false
    private(set) var wantsClose = false
    private(set) var wantsKeepAlive = false
    private(set) var wantsUpgrade = false
    private(set) var expectations = 0
    private(set) var expectsContinue = false

    init(_ headers: HTTPHeaders) {
        for index in headers.fields.indices {
            switch headers.fields[index].nameLength {
            case 4 where headers.isName(index, "host"):
                hosts += 1
                hostIndex = index
            case 6 where headers.isName(index, "expect"):
                expectations += 1
                expectsContinue = FieldSyntax.isEqual(headers.value(at: index), "100-continue")
            case 10 where headers.isName(index, "connection"):
                takeConnection(headers, index)
            case 14 where headers.isName(index, "content-length"):
                lengths += 1
                length = headers.withValue(at: index, Self.number)
            case 17 where headers.isName(index, "transfer-encoding"):
                codings += 1
                isChunked = FieldSyntax.isEqual(headers.value(at: index), "chunked")
            default: break
            }
        }
    }

    private mutating func takeConnection(_ headers: HTTPHeaders, _ index: Int) {
        // Most say nothing else.
        if headers.withValue(at: index, { FieldSyntax.isEqual($0, "keep-alive") }) {
            return wantsKeepAlive = true
        }
        for option in FieldSyntax.list(headers.value(at: index)) {
            if FieldSyntax.isEqual(option, "close") { wantsClose = true }
            if FieldSyntax.isEqual(option, "keep-alive") { wantsKeepAlive = true }
            if FieldSyntax.isEqual(option, "upgrade") { wantsUpgrade = true }
        }
    }

    /// Nil when no field says anything.
    func framing(isVersion11: Bool) throws(ProtocolFault) -> BodyFraming? {
        if codings > 0 {
            if lengths > 0 { throw .twoLengths }
            guard codings == 1, isChunked, isVersion11 else { throw .transferCoding }
            return .chunked
        }
        if lengths == 0 { return nil }
        guard lengths == 1, length >= 0 else { throw .contentLength }
        return .length(length)
    }

    /// Nothing but digits, up to 18 of them; −1 otherwise.
    private static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        guard (1...18).contains(bytes.count) else { return -1 }
        var number = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return -1 }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }
}
