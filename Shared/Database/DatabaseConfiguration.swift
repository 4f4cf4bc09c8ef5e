/// How to reach one database and how much of it to use.
public struct DatabaseConfiguration: Sendable {
    /// A URI (`postgresql://user:password@host:port/name?…`) or keyword string, as libpq reads it.
    /// Holds a secret: never logged.
    public var url: String
    /// Shown by `pg_stat_activity`.
    public var applicationName: String
    /// The schemas where names are looked up, in order: `wallet, public`.
    public var searchPath: String?
    /// The most connections of the pool.
    public var connections: Int
    /// The longest a statement may run on the server; zero for no limit.
    public var statementTimeout: Duration
    /// The longest a transaction may sit idle between two statements; zero for no limit.
    public var idleInTransactionTimeout: Duration = .seconds(60)
    /// The longest that one attempt to connect may take.
    public var connectTimeout: Duration = .seconds(5)
    /// The longest a caller waits for a connection.
    public var acquireTimeout: Duration
    /// The most callers that may wait; one more is refused at once.
    public var waitersLimit: Int
    /// How many single statements of different callers may be under way on one connection, once
    /// every connection is busy.
    public var sharedDepth: Int = 8
    /// Connections idle for longer are closed, down to one.
    public var idleTimeout: Duration = .seconds(120)
    /// Statements that take longer are logged, without their values.
    public var slowStatement: Duration = .milliseconds(500)
    /// The most statements that one connection keeps prepared; 0 where a pooler stands in between
    /// that does not follow them.
    public var preparedStatements: Int = 256

    /// Describes a database; nothing is opened.
    public init(
        url: String, applicationName: String = "souk", searchPath: String? = nil,
        connections: Int = 8, statementTimeout: Duration = .seconds(30),
        acquireTimeout: Duration = .seconds(5), waitersLimit: Int = 1_024
    ) {
        self.url = url
        self.applicationName = applicationName
        self.searchPath = searchPath
        self.connections = connections
        self.statementTimeout = statementTimeout
        self.acquireTimeout = acquireTimeout
        self.waitersLimit = waitersLimit
    }
}

extension DatabaseConfiguration: CustomStringConvertible {
    /// Without the URL, which holds a password.
    public var description: String {
        "database of \(applicationName), \(connections) connections"
    }
}
