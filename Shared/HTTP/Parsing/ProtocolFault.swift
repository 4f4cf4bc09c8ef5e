/// Why a peer's message is refused, and with which status a server says so. The connection is
/// always closed: after a message that two parsers could read differently nothing can be trusted.
struct ProtocolFault: Error, Equatable {
    let status: HTTPStatus
    let reason: String

    init(_ status: HTTPStatus = .badRequest, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    static let bareLineFeed = Self("a line ends without carriage return")
    static let bareCarriageReturn = Self("a carriage return stands alone")
    static let foldedField = Self("a field goes on in a second line")
    static let emptyLines = Self("the message starts with empty lines")
    static let requestLine = Self("the request line is malformed")
    static let version = Self(505, "only HTTP/1.0 and HTTP/1.1 are spoken here")
    static let field = Self("a field has characters that are not allowed")
    static let headTooLarge = Self(431, "the header is too large")
    static let targetTooLong = Self(414, "the target is too long")
    static let target = Self("the target is malformed")
    static let hostMissing = Self("the Host field is missing")
    static let hostRepeated = Self("there is more than one Host field")
    static let host = Self("the Host field is malformed")
    static let authorityMismatch = Self("target and Host name different authorities")
    static let contentLength = Self("the Content-Length is malformed or repeated")
    static let transferCoding = Self("the only transfer coding is chunked, once, on HTTP/1.1")
    static let twoLengths = Self("Content-Length and Transfer-Encoding exclude each other")
    static let chunk = Self("the chunked coding is malformed")
    static let trailer = Self("the trailer is malformed")
    static let bodyTooLarge = Self(413, "the body is too large")
    static let expectation = Self(417, "the only expectation is 100-continue")
    static let headTooSlow = Self(408, "the header did not arrive in time")
    static let bodyTooSlow = Self(408, "the body did not arrive in time")
    static let parser = Self("the message is malformed")
    static let status = Self("the status line is malformed")

    private init(_ reason: String) { self.init(.badRequest, reason) }

    var problem: Problem {
        var problem = Problem.bare(status)
        problem.detail = "Refused: \(reason)."
        return problem
    }
}
