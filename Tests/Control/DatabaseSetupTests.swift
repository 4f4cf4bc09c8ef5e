import Database
import Runtime
import TestSupport
import Testing

@testable import ControlService

@Suite struct DatabaseSetupTests {
    @Test func everyServiceHasItsSchemaAndNoOther() async throws {
        let home = "/tmp/souk-setup-\(UInt64.random(in: 0 ... .max))"
        let environment = ["SOUK_HOME": home]
        let settings = try PlatformSettings(
            Configuration(environment: environment, keys: PlatformSettings.keys), environment)
        let secrets = Secrets(settings)
        try secrets.make()
        defer { try? PostgresFiles.removeTree(home) }
        try await TestDatabase.withPool { pool in
            let setup = DatabaseSetup(pool: pool, secrets: secrets)
            try await setup.run()
            try await setup.run()
            try await self.use(pool, as: .user) { connection in
                try await connection.execute("create table \"user\".secret (text text)")
                try await connection.execute("insert into \"user\".secret values ('mine')")
            }
            let mine = try await self.use(pool, as: .user) { connection in
                try await connection.query("select text from \"user\".secret").count
            }
            #expect(mine == 1)
            for statement: SQL in [
                "select text from \"user\".secret", "create table public.mine (a int)",
                "create schema another", "create table \"user\".mine (a int)",
            ] {
                await #expect(throws: DatabaseError.self, "\(statement)") {
                    _ = try await self.use(pool, as: .wallet) { connection in
                        try await connection.execute(statement)
                    }
                }
            }
            try await self.use(pool, as: .user) { connection in
                _ = try await connection.execute("create table user_rebuild.people (a int)")
            }
            // What the catalogue searches with.
            let similar = try await self.use(pool, as: .catalog) { connection in
                try await connection.query("select public.similarity('souk', 'souk')").count
            }
            #expect(similar == 1)
        }
    }

    private func use<R>(
        _ pool: DatabasePool, as program: PlatformProgram, _ body: (Connection) async throws -> R
    ) async throws -> R {
        let role = DatabaseSetup.role(program.name)
        return try await pool.withTransaction { connection in
            try await connection.execute("set local role \(identifier: role)")
            return try await body(connection)
        }
    }
}
