import Database
import Foundation
import Runtime
import TestSupport
import Testing

@Suite struct PostgresServerTests {
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = "/tmp/souk-server-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    private func query(_ url: String, _ sql: SQL) async throws -> String {
        let loop = EventLoop()
        let pool = DatabasePool(
            DatabaseConfiguration(url: url), loop: loop, logger: .silent, metrics: .init())
        let outcome = await Result { try await pool.query(sql)[0].get(0, as: String.self) }
        await pool.close()
        loop.stop()
        return try outcome.get()
    }

    @Test func aServerKeepsItsDataOverAStopAndIsFoundAgain() async throws {
        try await withDirectory { (directory) async throws in
            let server = PostgresServer(.init(directory: directory))
            let address = try await server.start()
            let made = try await query(
                address.url(), "with made as (select pg_create_restore_point('x')) select 'made'")
            #expect(made == "made")
            let process = server.processID
            #expect(process != nil)
            let again = try await PostgresServer(.init(directory: directory)).start()
            #expect(again.port == address.port && server.processID == process)
            let byTCP = try await query(again.tcpURL(), "show fsync")
            #expect(byTCP == "on")
            let identity = try await query(again.url(), Self.identity)
            try await server.stop()
            #expect(server.processID == nil && server.address == nil)
            let restarted = try await server.start()
            #expect(try await query(restarted.url(), Self.identity) == identity)
            try await server.stop()
        }
    }

    private static let identity: SQL = "select system_identifier::text from pg_control_system()"

    @Test func aPortInUseIsToldInASentence() async throws {
        try await withDirectory { (directory) async throws in
            try await withDirectory { (other) async throws in
                let first = PostgresServer(.init(directory: directory, isDurable: false))
                let port = try await first.start().port
                let second = PostgresServer(
                    .init(directory: other, port: port, isDurable: false))
                let error = await #expect(throws: PostgresServerError.self) {
                    try await second.start()
                }
                #expect(error?.description.contains("\(port)") == true)
                try await first.stop()
            }
        }
    }

    @Test func absentProgramsAreToldInASentence() async throws {
        try await withDirectory { (directory) async throws in
            let server = PostgresServer(.init(directory: directory, binaries: "/nowhere"))
            await #expect(throws: PostgresServerError.self) { try await server.start() }
        }
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
