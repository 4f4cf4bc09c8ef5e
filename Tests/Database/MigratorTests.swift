import Database
import TestSupport
import Testing

@Suite struct MigratorTests {
    private let first = Migration(name: "m0001_accounts", sql: "create table account (id int);")
    private let second = Migration(
        name: "m0002_names", sql: "alter table account add column name text; select 1;")

    private func refusal(
        _ pool: DatabasePool, _ migrations: [Migration]
    ) async -> DatabaseError? {
        await #expect(throws: DatabaseError.self) {
            try await Migrator(pool: pool, schema: "wallet", logger: .silent).run(migrations)
        }
    }

    @Test func eachIsAppliedOnceAndInItsSchema() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            let migrator = Migrator(pool: pool, schema: "wallet", logger: .silent)
            #expect(try await migrator.run([first]) == ["m0001_accounts"])
            #expect(try await migrator.run([first, second]) == ["m0002_names"])
            #expect(try await migrator.run([first, second]) == [])
            #expect(try await pool.query("select id, name from wallet.account").isEmpty)
        }
    }

    @Test func runnersAtTheSameTimeApplyEachOnceBetweenThem() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            let migrations = [first, second]
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await Migrator(pool: pool, schema: "wallet", logger: .silent)
                            .run(migrations)
                    }
                }
                return try await group.reduce([], +)
            }
            #expect(applied.sorted() == migrations.map(\.name))
        }
    }

    @Test func aFailedOneLeavesNothing() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            let broken = Migration(
                name: "m0002_broken", sql: "create table half (id int); select nonsense;")
            let error = await refusal(pool, [first, broken])
            #expect(error?.sqlState == "42703")
            await #expect(throws: DatabaseError.self) {
                try await pool.query("select * from wallet.half")
            }
            let migrator = Migrator(pool: pool, schema: "wallet", logger: .silent)
            #expect(try await migrator.run([first, second]) == ["m0002_names"])
        }
    }

    @Test func aChangedAnUnknownAndAMisplacedOneAreRefused() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            let migrator = Migrator(pool: pool, schema: "wallet", logger: .silent)
            _ = try await migrator.run([first, second])
            let changed = Migration(name: first.name, sql: first.sql + " ")
            let error = await refusal(pool, [changed, second])
            #expect(error?.code == .migration && error?.message.contains(first.name) == true)
            let unknown = await refusal(pool, [first])
            #expect(unknown?.code == .migration && unknown?.message.contains("newer") == true)
            let early = Migration(name: "m0000_early", sql: "select 1")
            let misplaced = await refusal(pool, [early, first, second])
            #expect(misplaced?.code == .migration && misplaced?.message.contains("last") == true)
            #expect(try await migrator.run([first, second]) == [])
        }
    }
}
