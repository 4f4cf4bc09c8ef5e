/// What asking a replica for its readiness has told.
struct ProbeRecord: Sendable, Hashable {
    enum State: String, Sendable, Hashable {
        /// Nobody asked yet.
        case unknown
        case ready
        /// It answers, but not as one that is ready.
        case degraded
        case down
    }

    /// What one question was answered.
    enum Answer: Sendable, Hashable {
        case ready
        case unready
        case nothing
    }

    /// Questions in a row without an answer before it is taken out: one may get lost.
    static let patience = 2
    /// The weight of the newest latency.
    private static let weight = 0.3

    private(set) var state = State.unknown
    private var silences = 0
    /// Smoothed; nil before the first answer.
    private(set) var latencyMilliseconds: Double?

    /// - Returns: whether it has come back.
    mutating func add(_ answer: Answer, milliseconds: Double) -> Bool {
        let before = state
        guard answer != .nothing else {
            silences += 1
            if silences >= Self.patience || state == .unknown { state = .down }
            return false
        }
        silences = 0
        state = answer == .ready ? .ready : .degraded
        if let latencyMilliseconds {
            self.latencyMilliseconds =
                latencyMilliseconds + Self.weight * (milliseconds - latencyMilliseconds)
        } else {
            latencyMilliseconds = milliseconds
        }
        return state == .ready && before != .ready
    }

    /// Which replicas are asked first: the lower number.
    var preference: Int {
        switch state {
        case .unknown, .ready: 0
        case .degraded: 1
        case .down: 2
        }
    }
}
