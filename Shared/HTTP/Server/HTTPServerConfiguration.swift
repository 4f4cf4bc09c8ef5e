public import Runtime

/// Where and how a server listens.
public struct HTTPServerConfiguration: Sendable {
    /// A literal IPv4 or IPv6 address.
    public var host: String
    /// 0 lets the system choose; the server's `port` tells which it became.
    public var port: Int
    public var limits: HTTPLimits
    /// Nil: without TLS.
    public var tls: TLSConfiguration?

    public init(
        host: String = "127.0.0.1", port: Int, limits: HTTPLimits = HTTPLimits(),
        tls: TLSConfiguration? = nil
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.tls = tls
    }
}
