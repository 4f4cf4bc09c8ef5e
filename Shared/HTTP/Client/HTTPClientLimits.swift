/// What a client takes from servers and how many connections it opens.
public struct HTTPClientLimits: Sendable {
    /// Connections to one origin, idle ones included; further requests wait for one.
    public var connectionsPerOrigin = 64
    /// Requests waiting for a connection to one origin; more: `HTTPClientError.overloaded`.
    public var waitingPerOrigin = 1_024
    /// Idle connections kept for one origin.
    public var idlePerOrigin = 16
    /// How long an idle connection is kept.
    public var idle: Duration = .seconds(30)
    /// Name resolution, TCP and TLS together.
    public var connect: Duration = .seconds(5)
    /// Time without any progress of a body in either direction.
    public var stall: Duration = .seconds(30)
    /// Status line and header of a response together.
    public var headerBytes = 65_536
    /// Fields of a response's header or trailer.
    public var headerCount = 200
    /// Unread body bytes held before the socket is no longer read.
    public var bodyWindow = 65_536
    /// Unsent body bytes held before the writer waits.
    public var writeWindow = 65_536

    public init() {}
}
