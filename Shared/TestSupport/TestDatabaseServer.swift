internal import Database
internal import Glibc
internal import Runtime

/// The server that the test databases of this process are on.
struct TestServer: Sendable {
    /// Where databases are made from: nobody is ever connected to it.
    let template = "template0"
    /// For making and dropping databases.
    let pool: DatabasePool
    private let base: DatabaseConfiguration

    static func start() async throws -> TestServer {
        let given = getenv("SOUK_TEST_DATABASE_URL").map { String(cString: $0) } ?? ""
        let url = given.isEmpty ? try await SharedTestCluster.join() : given
        var base = DatabaseConfiguration(url: url, applicationName: "souk-test")
        base.connections = 4
        base.acquireTimeout = .seconds(600)
        base.statementTimeout = .seconds(600)
        return TestServer(
            pool: DatabasePool(
                base, loop: EventLoop(name: "test-databases"), logger: .silent,
                metrics: Metrics()),
            base: base)
    }

    func configuration(database: String) throws -> DatabaseConfiguration {
        var configuration = DatabaseConfiguration(url: base.url, applicationName: "souk-test")
        configuration.acquireTimeout = .seconds(300)
        configuration.statementTimeout = .seconds(300)
        // Among a thousand tests at once, the next statement may be a minute away.
        configuration.idleInTransactionTimeout = .seconds(300)
        return try configuration.replacing(database: database)
    }
}

/// The private cluster that all test processes of one user share.
///
/// Each process holds a shared lock for as long as it lives. The one that starts the server also
/// starts a small process that waits for the exclusive lock, which it gets when the last test
/// process is gone, and then stops the server and removes everything.
private enum SharedTestCluster {
    /// - Returns: the URL of a database to connect to.
    static func join() async throws -> String {
        let place = "/tmp/souk-test-\(geteuid())"
        let server = PostgresServer(
            .init(
                directory: place, isDurable: false,
                settings: [
                    ("autovacuum_naptime", "1h"), ("max_wal_size", "2GB"),
                    // Every test of every suite may have its own pools at once.
                    ("max_connections", "1500"),
                ]))
        let isStarting = try await NamedThread.run("servers") { () throws -> Int32 in
            let starting = try lock(place + ".starting", LOCK_EX)
            // Held until the process ends; nobody closes it. Waits while a removal is under way.
            _ = try lock(place + ".users", LOCK_SH)
            if server.processID == nil {
                try PostgresFiles.removeTree(place)
                let script = """
                    pid=$(head -n 1 "$1/data/postmaster.pid") && kill -INT "$pid"
                    for i in $(seq 300); do
                        [ -e "$1/data/postmaster.pid" ] || break
                        sleep 0.1
                    done
                    rm -rf "$1"
                    """
                _ = try PostgresFiles.spawn(
                    [
                        "/usr/bin/flock", "--exclusive", place + ".users", "/bin/sh", "-c", script,
                        "sh", place,
                    ], log: "/dev/null")
            }
            return starting
        }
        defer { close(isStarting) }
        return try await server.start().url()
    }

    private static func lock(_ path: String, _ kind: Int32) throws -> Int32 {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw TestServerError(path: path, errno: errno) }
        while flock(file, kind) != 0 {
            guard errno == EINTR else { throw TestServerError(path: path, errno: errno) }
        }
        return file
    }
}

/// A lock of the test server that cannot be had.
private struct TestServerError: Error {
    let path: String
    let errno: Int32
}
