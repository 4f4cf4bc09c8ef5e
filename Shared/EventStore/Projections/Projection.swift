public import Database

/// A read model: tables that are folded from the log and can be folded again at any time.
public protocol Projection: Sendable {
    /// Unique in its service: `balances`.
    var name: String { get }
    /// Raised when the same events must give other rows; the next start then rebuilds.
    var version: Int { get }
    /// The tables that belong to it, without schema.
    var tables: [String] { get }
    /// `CREATE TABLE …` for each of them, unqualified names, primary keys included. A change of the
    /// text rebuilds, too.
    var definition: String { get }
    /// `CREATE INDEX …` for the rest, made last in a rebuild. Names must not repeat within the
    /// service.
    var indexes: String { get }
    /// Whether each stream's events touch rows that no other stream's events touch, so that streams
    /// may be folded in parallel.
    var isPartitionable: Bool { get }
    /// Folds events, in order, into the tables, which are first on the search path of `connection`,
    /// inside a transaction that also writes the checkpoint.
    ///
    /// Fold the batch in memory and write it with few statements. Must depend on nothing but the
    /// events and the tables: no clock, no other tables, no randomness.
    func apply(_ events: [RecordedEvent], on connection: Connection) async throws
}

extension Projection {
    public var version: Int { 1 }
    public var indexes: String { "" }
    public var isPartitionable: Bool { false }
}
