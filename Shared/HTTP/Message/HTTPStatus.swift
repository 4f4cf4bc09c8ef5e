/// A status code with its reason phrase (RFC 9110 §15).
public struct HTTPStatus: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// 100…999.
    public let code: Int

    /// Codes outside 100…999 become 500: they cannot be written on the wire.
    public init(_ code: Int) { self.code = (100...999).contains(code) ? code : 500 }
    public init(integerLiteral value: Int) { self.init(value) }

    public static var ok: Self { 200 }
    public static var created: Self { 201 }
    public static var accepted: Self { 202 }
    public static var noContent: Self { 204 }
    public static var partialContent: Self { 206 }
    public static var found: Self { 302 }
    public static var seeOther: Self { 303 }
    public static var notModified: Self { 304 }
    public static var badRequest: Self { 400 }
    public static var unauthorized: Self { 401 }
    public static var forbidden: Self { 403 }
    public static var notFound: Self { 404 }
    public static var methodNotAllowed: Self { 405 }
    public static var conflict: Self { 409 }
    public static var preconditionFailed: Self { 412 }
    public static var contentTooLarge: Self { 413 }
    public static var unsupportedMediaType: Self { 415 }
    public static var rangeNotSatisfiable: Self { 416 }
    public static var unprocessableContent: Self { 422 }
    public static var tooManyRequests: Self { 429 }
    public static var internalServerError: Self { 500 }
    public static var badGateway: Self { 502 }
    public static var serviceUnavailable: Self { 503 }
    public static var gatewayTimeout: Self { 504 }

    public var description: String { "\(code) \(reason)" }

    /// 2xx.
    public var isSuccess: Bool { (200...299).contains(code) }

    /// Whether a response of this status never has a body (RFC 9110 §6.4.1).
    var isBodiless: Bool { code < 200 || code == 204 || code == 304 }

    /// The registered reason phrase; empty for codes without one.
    public var reason: String { Self.reasons[code] ?? "" }

    private static let reasons: [Int: String] = [
        100: "Continue", 101: "Switching Protocols", 103: "Early Hints",
        200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information",
        204: "No Content", 205: "Reset Content", 206: "Partial Content", 207: "Multi-Status",
        300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other",
        304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
        400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden",
        404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
        407: "Proxy Authentication Required", 408: "Request Timeout", 409: "Conflict",
        410: "Gone", 411: "Length Required", 412: "Precondition Failed",
        413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
        416: "Range Not Satisfiable", 417: "Expectation Failed", 421: "Misdirected Request",
        422: "Unprocessable Content", 423: "Locked", 424: "Failed Dependency", 425: "Too Early",
        426: "Upgrade Required", 428: "Precondition Required", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons",
        500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
        503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
        507: "Insufficient Storage", 508: "Loop Detected", 511: "Network Authentication Required",
    ]
}
