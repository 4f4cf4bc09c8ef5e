internal import EventTypes
internal import JSON
internal import Runtime

/// How the services behind the gateway are, as its health checks and its traffic show it.
struct Platform: Codable, Sendable {
    enum ServiceState: String, Codable, CaseIterable, Sendable {
        case ready
        /// Some replica is not ready, or gets no requests.
        case degraded
        /// Nothing answers.
        case down
    }

    enum BreakerState: String, Codable, CaseIterable, Sendable {
        case closed
        case open
        case halfOpen = "half_open"
    }

    struct Replica: Codable, Sendable {
        let state: ServiceState
        let breaker: BreakerState
        /// How long it takes to answer a health check, smoothed; absent while there is none.
        let latency_ms: Double?
    }

    struct Service: Codable, Sendable {
        let name: String
        let state: ServiceState
        let replicas: [Replica]
    }

    let at: Timestamp
    let services: [Service]

    init(_ pools: [UpstreamPool], at now: Timestamp) {
        at = now
        services = pools.map { pool in
            let replicas = pool.statuses.map { Replica($0) }
            return Service(name: pool.name, state: Self.state(of: replicas), replicas: replicas)
        }
    }

    private static func state(of replicas: [Replica]) -> ServiceState {
        if replicas.allSatisfy({ $0.state == .ready && $0.breaker == .closed }) { return .ready }
        return replicas.contains { $0.state != .down && $0.breaker != .open } ? .degraded : .down
    }
}

extension Platform.Replica {
    init(_ status: UpstreamPool.ReplicaStatus) {
        state =
            switch status.probe.state {
            case .ready: .ready
            case .degraded: .degraded
            case .unknown, .down: .down
            }
        breaker =
            switch status.breaker {
            case .closed: .closed
            case .open: .open
            case .halfOpen: .halfOpen
            }
        // What is down has none; a thousandth of a millisecond is exact enough for anybody.
        latency_ms =
            state == .down
            ? nil : status.probe.latencyMilliseconds.map { ($0 * 1_000).rounded() / 1_000 }
    }
}
