/// What a server lets its clients do. Every limit that is hit has a defined end: a status or a
/// closed connection, named with each.
public struct HTTPLimits: Sendable {
    /// Request line and header together; more: 431, closed.
    public var headerBytes = 16_384
    /// Fields of a header or a trailer; more: 431, closed.
    public var headerCount = 100
    /// The request target; more: 414, closed.
    public var targetBytes = 8_192
    /// A request's body; more: 413, closed.
    public var bodyBytes = 1 << 20
    /// The extensions of one chunk's size line; more: 400, closed.
    public var chunkExtensionBytes = 256
    /// Unread body bytes held for a handler before the socket is no longer read.
    public var bodyWindow = 65_536
    /// Unsent response bytes held for a client before the writer waits.
    public var writeWindow = 65_536
    /// Time between requests on a kept connection, then it is closed.
    public var idle: Duration = .seconds(60)
    /// Time from a request's first byte to the end of its header; longer: 408, closed.
    public var headerRead: Duration = .seconds(10)
    /// Time without any progress of a body in either direction; longer: closed.
    public var stall: Duration = .seconds(30)
    /// Time from a request's header to the start of its response, and for a response that is not
    /// streamed to its end; longer: the handler is cancelled and the answer is 503 (408 when the
    /// body is what was waited for), closed. Streamed responses and WebSockets are not bound by it.
    public var total: Duration = .seconds(60)
    /// Open connections of all loops; more: one that is idle is closed for the new one, or one of
    /// the network that has by far the most, or the new one gets 503 with `Retry-After` and is
    /// closed.
    public var connections = 10_000
    /// How long a connection must have been without a request to be closed for another.
    public var idleWhenFull: Duration = .seconds(5)
    /// Requests being handled by all loops; more: 503 with `Retry-After`, the connection stays.
    public var requestsInFlight = 2_048
    /// Bytes of further requests of one connection read ahead while one is handled; then its socket
    /// is not read. Answers come in order.
    public var pipelinedBytes = 65_536
    /// Requests on one connection; the last one's answer says `Connection: close`.
    public var requestsPerConnection = 100_000
    /// What `Retry-After` says on 503.
    public var retryAfter: Duration = .seconds(1)
    /// How long a closed connection is still read, so that the client gets the last answer.
    public var linger: Duration = .seconds(2)
    /// How long idle connections may still send a request after shutdown was asked for; its answer
    /// says `Connection: close`.
    public var shutdownGrace: Duration = .milliseconds(250)

    public init() {}
}
