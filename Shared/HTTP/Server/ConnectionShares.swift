internal import Runtime

/// Whose the connections of a loop are, by network: one client that holds them all gives way to
/// others.
struct ConnectionShares {
    /// So many connections are nobody's excess.
    static let fair = 16

    private var shares: [UInt64: Set<ObjectIdentifier>] = [:]
    /// Who had most at this time: it is looked for once a tick, however many come.
    private var largest: (network: UInt64, at: LoopTime)?

    mutating func add(_ connection: ObjectIdentifier, of network: UInt64) {
        shares[network, default: []].insert(connection)
    }

    mutating func remove(_ connection: ObjectIdentifier, of network: UInt64) {
        shares[network]?.remove(connection)
        if shares[network]?.isEmpty == true { shares[network] = nil }
    }

    /// The connections of the network that has most, when they are more than `fair` and than twice
    /// what `newcomer` would have.
    mutating func excess(beside newcomer: UInt64, at now: LoopTime) -> Set<ObjectIdentifier>? {
        if largest?.at != now {
            largest = shares.max { $0.value.count < $1.value.count }.map { ($0.key, now) }
        }
        guard let largest, let most = shares[largest.network] else { return nil }
        let own = (shares[newcomer]?.count ?? 0) + 1
        return most.count > max(Self.fair, 2 * own) ? most : nil
    }
}
