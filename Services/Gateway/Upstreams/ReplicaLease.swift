internal import HTTP
internal import Synchronization

/// One replica for one attempt of a request; it counts as in flight for as long as this lives.
final class ReplicaLease: Sendable {
    let index: Int
    let url: String
    /// The same, read.
    let location: HTTPURL?
    private let pool: UpstreamPool
    private let permit: Mutex<CircuitBreaker.Permit?>

    init(_ pool: UpstreamPool, _ index: Int, _ permit: CircuitBreaker.Permit) {
        self.pool = pool
        self.index = index
        url = pool.urls[index]
        location = pool.locations[index]
        self.permit = Mutex(permit)
    }

    /// Takes down what became of the attempt; only the first word counts.
    func report(_ outcome: CircuitBreaker.Outcome) {
        let permit = permit.withLock { permit in
            defer { permit = nil }
            return permit
        }
        if let permit { pool.record(outcome, index, permit) }
    }

    deinit {
        report(.unknown)
        pool.leave(index)
    }
}
