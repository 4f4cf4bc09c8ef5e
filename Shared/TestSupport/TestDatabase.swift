public import Database
internal import Glibc
public import Runtime
internal import Synchronization

/// PostgreSQL for tests.
///
/// The server is the one that `SOUK_TEST_DATABASE_URL` names (its role needs CREATEDB), else a
/// private one in `/tmp`, started by the first test process of this user that needs it, shared with
/// those that run at the same time, and removed once the last of them has ended, however it ended.
public enum TestDatabase {
    private static let started = Task { try await TestServer.start() }
    private static let count = Atomic(0)

    /// Lends a fresh, empty database and a loop for its pools; both are gone afterwards.
    public static func with<R>(
        _ body: (DatabaseConfiguration, EventLoop) async throws -> R
    ) async throws -> R {
        let server = try await started.value
        let number = count.add(1, ordering: .relaxed).newValue
        let name = "souk_test_\(getpid())_\(number)"
        let template = server.template
        try await server.pool.execute(
            "create database \(identifier: name) template \(identifier: template)")
        let loop = EventLoop(name: "test-database")
        let outcome: Result<R, any Error>
        do {
            outcome = .success(try await body(try server.configuration(database: name), loop))
        } catch {
            outcome = .failure(error)
        }
        loop.stop()
        // A test that was cancelled leaves nothing behind either.
        let pool = server.pool
        _ = await Task.detached {
            try? await pool.execute("drop database if exists \(identifier: name) with (force)")
        }.value
        return try outcome.get()
    }

    /// Like `with`, and lends a pool that is closed afterwards.
    public static func withPool<R>(
        _ body: (DatabasePool) async throws -> R
    ) async throws -> R {
        try await with { configuration, loop in
            let pool = DatabasePool(
                configuration, loop: loop, logger: .silent, metrics: Metrics())
            do {
                let result = try await body(pool)
                await pool.close()
                return result
            } catch {
                await pool.close()
                throw error
            }
        }
    }
}
