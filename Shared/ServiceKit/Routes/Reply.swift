public import EventStore
public import HTTP

/// What a handler answers.
///
/// ```swift
/// return .ok(view)
/// return .created(committed, location: "/api/v1/wallet/withdrawals/\(id)").etag(1)
/// ```
///
/// Made from a `Committed` it carries the position, so that the answer waits for the projections
/// that the route names, and says by `Idempotency-Replayed: true` when it is a stored outcome.
public struct Reply<Output: Codable & Sendable>: Sendable {
    public var status: HTTPStatus
    public var output: Output?
    public var headers = HTTPHeaders()
    /// The version of the stream that was shown or changed: the answer's strong `ETag`.
    public var etag: Int64?
    /// The last position that the answer is about; nil when nothing was written.
    public var position: Int64?
    /// Whether this is the stored outcome of an earlier request with the same idempotency key.
    public var isRepeat = false

    public init(status: HTTPStatus, _ output: Output?) {
        self.status = status
        self.output = output
    }

    /// 200 with a body.
    public static func ok(_ output: Output) -> Self { Self(status: 200, output) }

    /// 200 with what was committed.
    public static func ok(_ committed: Committed<Output>) -> Self {
        Self(status: 200, committed.result).committed(committed)
    }

    /// 201 with a body and, where the new thing can be read, its address.
    public static func created(_ output: Output, location: String? = nil) -> Self {
        var reply = Self(status: 201, output)
        if let location { reply.headers.set("Location", location) }
        return reply
    }

    /// 201 with what was committed.
    public static func created(_ committed: Committed<Output>, location: String? = nil) -> Self {
        created(committed.result, location: location).committed(committed)
    }

    /// 202: taken on, not done yet.
    public static func accepted(_ output: Output) -> Self { Self(status: 202, output) }

    /// 202 with what was committed.
    public static func accepted(_ committed: Committed<Output>) -> Self {
        Self(status: 202, committed.result).committed(committed)
    }

    /// The same reply with the position and the repeat mark of a commit whose result is shown in
    /// another form.
    public func committed<R>(_ committed: Committed<R>) -> Self {
        var reply = self
        reply.position = committed.position > 0 ? committed.position : nil
        reply.isRepeat = committed.isRepeat
        return reply
    }

    /// The same reply with this version as its `ETag`.
    public func etag(_ version: Int64) -> Self {
        var reply = self
        reply.etag = version
        return reply
    }

    /// The same reply with a header set.
    public func header(_ name: String, _ value: String) -> Self {
        var reply = self
        reply.headers.set(name, value)
        return reply
    }
}

extension Reply where Output == NoBody {
    /// 204.
    public static var noContent: Self { Self(status: 204, nil) }

    /// 204 after a commit.
    public static func noContent<R>(after committed: Committed<R>) -> Self {
        noContent.committed(committed)
    }
}

/// No body: as a request's, whatever is sent is ignored; as a reply's, there is none.
public struct NoBody: Codable, Sendable, Hashable {
    public init() {}
}
