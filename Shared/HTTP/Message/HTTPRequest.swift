internal import Glibc

/// A request as a handler gets it: checked, its header complete, its body still coming in.
public struct HTTPRequest: Sendable {
    /// All of it in one place: a request is handed on by everybody, kept by what waits, and hardly
    /// ever changed.
    @usableFromInline
    final class Content: Sendable {
        @usableFromInline let method: HTTPMethod
        @usableFromInline let target: String
        @usableFromInline let headers: HTTPHeaders
        @usableFromInline let body: HTTPBody
        @usableFromInline let remoteAddress: String
        @usableFromInline let parameters: PathParameters
        @usableFromInline let id: String

        init(
            _ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders, _ body: HTTPBody,
            _ remoteAddress: String, _ parameters: PathParameters, _ id: String
        ) {
            self.method = method
            self.target = target
            self.headers = headers
            self.body = body
            self.remoteAddress = remoteAddress
            self.parameters = parameters
            self.id = id
        }

        /// The same but for what is named.
        func with(
            method: HTTPMethod? = nil, target: String? = nil, headers: HTTPHeaders? = nil,
            body: HTTPBody? = nil, remoteAddress: String? = nil,
            parameters: PathParameters? = nil, id: String? = nil
        ) -> Content {
            Content(
                method ?? self.method, target ?? self.target, headers ?? self.headers,
                body ?? self.body, remoteAddress ?? self.remoteAddress,
                parameters ?? self.parameters, id ?? self.id)
        }
    }

    @usableFromInline var content: Content

    /// As sent; `HEAD` is not `GET` here.
    public var method: HTTPMethod {
        @inlinable get { content.method }
        set { content = content.with(method: newValue) }
    }

    /// The target in origin form, as sent: path and, after a question mark, query; or `*`.
    public var target: String {
        @inlinable get { content.target }
        set { content = content.with(target: newValue) }
    }

    /// The fields of the header, in order.
    public var headers: HTTPHeaders {
        @inlinable get { content.headers }
        set { content = content.with(headers: newValue) }
    }

    /// What follows the header; to be gone through once.
    public var body: HTTPBody {
        @inlinable get { content.body }
        set { content = content.with(body: newValue) }
    }

    /// The peer's address without port: `192.0.2.1`, `2001:db8::1`.
    public var remoteAddress: String {
        @inlinable get { content.remoteAddress }
        set { content = content.with(remoteAddress: newValue) }
    }

    /// What the router found for the names of the route's pattern.
    public var parameters: PathParameters {
        @inlinable get { content.parameters }
        set { content = content.with(parameters: newValue) }
    }

    /// A short identifier for logs and answers, unique over processes.
    public var id: String {
        @inlinable get { content.id }
        set { content = content.with(id: newValue) }
    }

    /// A request; tests make their own with this.
    public init(
        method: HTTPMethod, target: String, headers: HTTPHeaders = [:], body: HTTPBody = HTTPBody(),
        remoteAddress: String = "127.0.0.1", id: String? = nil
    ) {
        content = Content(
            method, target, headers, body, remoteAddress, PathParameters(), id ?? RequestID.next())
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
