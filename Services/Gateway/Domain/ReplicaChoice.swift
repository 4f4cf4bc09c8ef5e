/// Which of several replicas gets a request: of two taken at random, the one with fewer requests in
/// flight. That is nearly as even as looking at all of them, and no two gateways run after the
/// same one.
enum ReplicaChoice {
    /// - Parameters:
    ///   - load: requests in flight, by candidate; at least one.
    ///   - random: 64 random bits.
    /// - Returns: the index of the chosen candidate.
    static func pick(_ load: [Int], random: UInt64) -> Int {
        if load.count == 1 { return 0 }
        let first = Int(random % UInt64(load.count))
        let step = 1 + Int((random >> 32) % UInt64(load.count - 1))
        let second = (first + step) % load.count
        return load[second] < load[first] ? second : first
    }
}
