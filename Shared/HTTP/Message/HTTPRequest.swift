internal import Glibc

/// A request as a handler gets it: checked, its header complete, its body still coming in.
public struct HTTPRequest: Sendable {
    @usableFromInline
    struct Fields: Sendable {
        @usableFromInline var method: HTTPMethod
        @usableFromInline var target: String
        @usableFromInline var headers: HTTPHeaders
        @usableFromInline var body: HTTPBody
        @usableFromInline var remoteAddress: String
        @usableFromInline var parameters = PathParameters()
        @usableFromInline var id: String
    }

    /// All of it in one place: a request is handed on by everybody, kept by what waits, and hardly
    /// ever changed.
    @usableFromInline
    final class Content: Sendable {
        @usableFromInline let fields: Fields

        init(_ fields: Fields) { self.fields = fields }
    }

    @usableFromInline var content: Content

    private mutating func change(_ body: (inout Fields) -> Void) {
        var fields = content.fields
        body(&fields)
        content = Content(fields)
    }

    /// As sent; `HEAD` is not `GET` here.
    public var method: HTTPMethod {
        @inlinable get { content.fields.method }
        set { change { $0.method = newValue } }
    }

    /// The target in origin form, as sent: path and, after a question mark, query; or `*`.
    public var target: String {
        @inlinable get { content.fields.target }
        set { change { $0.target = newValue } }
    }

    /// The fields of the header, in order.
    public var headers: HTTPHeaders {
        @inlinable get { content.fields.headers }
        set { change { $0.headers = newValue } }
    }

    /// What follows the header; to be gone through once.
    public var body: HTTPBody {
        @inlinable get { content.fields.body }
        set { change { $0.body = newValue } }
    }

    /// The peer's address without port: `192.0.2.1`, `2001:db8::1`.
    public var remoteAddress: String {
        @inlinable get { content.fields.remoteAddress }
        set { change { $0.remoteAddress = newValue } }
    }

    /// What the router found for the names of the route's pattern.
    public var parameters: PathParameters {
        @inlinable get { content.fields.parameters }
        set { change { $0.parameters = newValue } }
    }

    /// A short identifier for logs and answers, unique over processes.
    public var id: String {
        @inlinable get { content.fields.id }
        set { change { $0.id = newValue } }
    }

    /// A request; tests make their own with this.
    public init(
        method: HTTPMethod, target: String, headers: HTTPHeaders = [:], body: HTTPBody = HTTPBody(),
        remoteAddress: String = "127.0.0.1", id: String? = nil
    ) {
        content = Content(
            Fields(
                method: method, target: target, headers: headers, body: body,
                remoteAddress: remoteAddress, id: id ?? RequestID.next()))
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
