public import Database

/// Something that is true of a healthy deployment and can be looked at without harm.
public struct Invariant: Sendable {
    /// A sentence: `every ledger transaction sums to zero`.
    public let name: String
    public let check: @Sendable (VerifyContext) async throws -> InvariantResult

    public init(
        name: String, check: @escaping @Sendable (VerifyContext) async throws -> InvariantResult
    ) {
        self.name = name
        self.check = check
    }
}

/// What a check may look at.
public struct VerifyContext: Sendable {
    public let pool: DatabasePool
    public let store: any EventStore

    public init(pool: DatabasePool, store: any EventStore) {
        self.pool = pool
        self.store = store
    }
}

/// What a check found.
public enum InvariantResult: Sendable, Hashable {
    /// It is true of everything examined.
    case holds(examined: Int)
    /// It is not: a sentence for each case, at most `violationLimit`.
    case violated([String])

    /// The most cases that one check names.
    public static let violationLimit = 20
}
