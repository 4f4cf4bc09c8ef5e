internal import Glibc

/// A request as a handler gets it: checked, its header complete, its body still coming in.
public struct HTTPRequest: Sendable {
    public var method: HTTPMethod
    /// The target in origin form, as sent: path and, after a question mark, query; or `*`.
    public var target: String
    public var headers: HTTPHeaders
    public var body: HTTPBody
    /// The peer's address without port: `192.0.2.1`, `2001:db8::1`.
    public var remoteAddress: String
    /// What the router found for the names of the route's pattern.
    public var parameters = PathParameters()
    /// A short identifier for logs and answers, unique over processes.
    public var id: String

    /// A request; tests make their own with this.
    public init(
        method: HTTPMethod, target: String, headers: HTTPHeaders = [:], body: HTTPBody = HTTPBody(),
        remoteAddress: String = "127.0.0.1", id: String? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
        self.id = id ?? RequestID.next()
    }

    /// The path as sent, percent-encoded, without query.
    public var path: String {
        // Asked several times for every request, and most have no query.
        let isBare = target.utf8.withContiguousStorageIfAvailable { bytes in
            bytes.isEmpty || memchr(bytes.baseAddress!, 0x3F, bytes.count) == nil
        }
        if isBare == true { return target }
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return target }
        return String(target[..<mark])
    }

    /// The query as sent, without its question mark; nil when there is none.
    public var rawQuery: Substring? {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        return target[target.utf8.index(after: mark)...]
    }

    /// The decoded parameters of the query; decoded anew by each call.
    public var query: QueryParameters { QueryParameters(parsing: rawQuery ?? "") }
}
