/// A decider's state that may be kept beside the log, so that long streams load fast. Snapshots are
/// disposable: the log alone is the truth.
public protocol SnapshotState: Codable, Sendable {
    /// Raised whenever the form of the state, or what events fold to, changes: older snapshots are
    /// then passed over.
    static var snapshotVersion: Int { get }
}
