internal import CPostgres
internal import Glibc
internal import Runtime

/// A private PostgreSQL server: creates its cluster, starts, finds and stops it.
///
/// Everything stands in one directory: `data` (the cluster), `socket`, `log`, `password`. The
/// server is a process of its own session, so a Ctrl-C at the terminal does not reach it, and it
/// outlives this process unless it is stopped; `start` finds it again.
///
/// PostgreSQL refuses to run as root; then it runs as the system user `postgres`, who gets the
/// directory.
public struct PostgresServer: Sendable {
    /// How long a start may take.
    public static let startTimeout = Duration.seconds(60)

    /// What kind of server.
    public struct Configuration: Sendable {
        /// Created when it does not exist; absolute.
        public var directory: String
        /// TCP port on 127.0.0.1; nil takes a free one on each start.
        public var port: Int?
        /// Whether it survives a crash of the machine; off is for tests, where all of it is lost.
        public var isDurable: Bool
        /// Lines for `postgresql.conf` beyond the defaults here, applied on each start.
        public var settings: [(name: String, value: String)]
        /// Where `initdb` and `postgres` stand; nil looks for the newest in Debian's place.
        public var binaries: String?

        public init(
            directory: String, port: Int? = nil, isDurable: Bool = true,
            settings: [(name: String, value: String)] = [], binaries: String? = nil
        ) {
            self.directory = directory
            self.port = port
            self.isDurable = isDurable
            self.settings = settings
            self.binaries = binaries
        }
    }

    /// The superuser of the cluster, and the database that exists from the start.
    public static let user = "souk"

    public let configuration: Configuration

    public init(_ configuration: Configuration) { self.configuration = configuration }

    // MARK: Life

    /// Returns once the server accepts connections: creates the cluster when there is none, and
    /// leaves a server that runs already as it is.
    ///
    /// - Returns: how it can be reached.
    /// - Throws: `PostgresServerError` with a sentence for the operator.
    @discardableResult
    public func start() async throws -> Address {
        try await NamedThread.run("postgres") { [self] in try startBlocking() }
    }

    /// Stops it, breaking sessions off, and returns once it is gone. No error when none runs.
    public func stop() async throws {
        try await NamedThread.run("postgres") { [self] in try stopBlocking() }
    }

    /// The process id of the running server; nil when none runs.
    public var processID: Int32? {
        guard let lines = PostgresFiles.lines(of: data + "/postmaster.pid"),
            let pid = lines.first.flatMap({ Int32($0) }),
            let state = PostgresFiles.lines(of: "/proc/\(pid)/stat")?.first,
            // A file left over may name another program by now, or one that has ended (proc(5)).
            state.contains(" (postgres) "), !state.contains(" (postgres) Z")
        else { return nil }
        return pid
    }

    /// How to reach a running server.
    public struct Address: Sendable {
        public let port: Int
        /// The directory of the Unix socket; nil when its path would be too long for one.
        public let socketDirectory: String?
        /// For TCP; the socket needs none, since only the owner of the directory gets at it.
        let password: String

        /// The URL of a database, by the socket where there is one. Holds a secret.
        public func url(database: String = PostgresServer.user) -> String {
            guard let socketDirectory else { return tcpURL(database: database) }
            return "host='\(socketDirectory)' port=\(port) user=\(PostgresServer.user) "
                + "dbname='\(database)'"
        }

        /// The URL of a database by TCP. Holds a secret.
        public func tcpURL(database: String = PostgresServer.user) -> String {
            "postgresql://\(PostgresServer.user):\(password)@127.0.0.1:\(port)/\(database)"
        }
    }

    /// The address of the running server; nil when none runs.
    public var address: Address? {
        guard processID != nil, let lines = PostgresFiles.lines(of: data + "/postmaster.pid"),
            lines.count >= 4, let port = Int(lines[3]),
            let password = PostgresFiles.lines(of: passwordFile)?.first
        else { return nil }
        return Address(
            port: port, socketDirectory: usesSocket ? socketDirectory : nil, password: password)
    }

    /// Whether it accepts connections now. Blocks for at most a second.
    func isAccepting() -> Bool {
        guard let address else { return false }
        return PQping(address.url() + " connect_timeout=1") == PQPING_OK
    }

    // MARK: Places

    var data: String { configuration.directory + "/data" }
    var socketDirectory: String { configuration.directory + "/socket" }
    var logFile: String { configuration.directory + "/log" }
    var passwordFile: String { configuration.directory + "/password" }

    /// A socket's path has room for 107 bytes (unix(7)).
    var usesSocket: Bool { (socketDirectory + "/.s.PGSQL.65535").utf8.count <= 107 }
}

/// Why a server could not be created, started or stopped: one sentence.
public struct PostgresServerError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ sentence: String) { description = sentence }
}
