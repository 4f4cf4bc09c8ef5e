/// One request on its way through the proxy, over all of its attempts.
struct ProxyRun {
    let pool: UpstreamPool
    /// Path and query.
    let target: String
    let rule: RetryRule
    /// Non-nil to become a WebSocket.
    let socket: SocketOffer?
    /// Whether the client waits for less than the gateway would.
    let isClientLimit: Bool
    let deadline: ContinuousClock.Instant
    var attempt = 1
    /// The one that is asked now.
    var replica = 0
    /// The replicas that have failed it.
    var tried: Set<Int> = []
}
