internal import HTTP
internal import ServiceKit

/// One request on its way through the proxy, over all of its attempts. It belongs to the task of
/// that request alone, whose functions hold this reference and little else while they wait.
final class ProxyRun {
    let pool: UpstreamPool
    /// What the service is asked.
    var request: HTTPClientRequest
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
    /// What the last attempt brought, and why there must be another one.
    var answer: Proxy.Answer?
    var problem: Problem?

    init(
        pool: UpstreamPool, request: HTTPClientRequest, target: String, socket: SocketOffer?,
        isClientLimit: Bool, deadline: ContinuousClock.Instant
    ) {
        self.pool = pool
        self.request = request
        self.target = target
        let isWhole = if case .stream = request.body { false } else { true }
        rule = RetryRule(
            method: request.method, isKeyed: request.headers.contains("Idempotency-Key"),
            isWhole: isWhole)
        self.socket = socket
        self.isClientLimit = isClientLimit
        self.deadline = deadline
    }

    @inline(never)
    func take(_ response: HTTPClientResponse, _ lease: ReplicaLease) {
        answer = .response(response, lease)
    }

    /// The answer of the last attempt, good or not.
    ///
    /// - Throws: `Problem` where it brought none.
    func end() throws -> Proxy.Answer {
        if let answer { return answer }
        throw problem ?? ProblemSlug.badGateway.problem()
    }
}
