/// How far a rebuild is.
public struct RebuildProgress: Sendable, Hashable {
    /// What it does at the moment, in this order.
    public enum Phase: String, Sendable {
        case building, indexing, catchingUp, verifying, switching
    }

    public let phase: Phase
    /// Positions passed so far.
    public let done: Int64
    /// The log's head when it began.
    public let total: Int64
    public let elapsed: Duration

    /// How long the rest of the building will take at the present rate.
    public var estimate: Duration? {
        guard done > 0 else { return nil }
        return elapsed * (Double(max(0, total - done)) / Double(done))
    }
}

/// What a rebuild came to.
public struct RebuildReport: Sendable, Hashable {
    public let projection: String
    /// Positions folded.
    public let events: Int64
    /// Rows of each table, in the order of `Projection.tables`.
    public let rows: [Int64]
    /// The position at which the new tables took over.
    public let handover: Int64
    /// Whether the old tables' content was the same; nil when they had another form.
    public let wasIdentical: Bool?
    public let elapsed: Duration
}

/// Why a projection cannot be rebuilt now.
public enum RebuildError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknown(String)
    case underWay(String)

    /// A sentence for the operator.
    public var description: String {
        switch self {
        case .unknown(let name): "there is no projection \(name)"
        case .underWay(let name): "another process is rebuilding \(name) already"
        }
    }
}
