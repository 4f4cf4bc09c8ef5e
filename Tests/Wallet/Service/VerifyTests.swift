internal import Database
internal import EventStore
internal import EventTypes
internal import ServiceKit
internal import TestSupport
internal import Testing

@testable internal import WalletService

@Suite("wallet verify") struct VerifyTests {
    @Test func `a changed balance is found`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(1_000)
            #expect(try await world.violations().isEmpty)
            try await world.wallet.context.pool.execute(
                "update ledger_account set balance_minor = 9999 where owner is not null")
            #expect(try await world.violations().contains { $0.contains("shows 9999") })
        }
    }

    @Test func `a changed leg is found`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(1_000)
            try await world.wallet.context.pool.withTransaction { connection in
                try await connection.simple(
                    """
                    alter table event disable trigger event_is_final;
                    alter table event_p1 disable trigger event_is_final;
                    update event set payload = replace(payload, '1000', '9000')
                    where type = 'wallet.leg_posted';
                    """)
            }
            let found = try await world.violations()
            #expect(found.contains { $0.contains("its hash differs") })
        }
    }

    @Test func `the database refuses what does not sum to zero or goes below it`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.credit(1_000)
            let pool = world.wallet.context.pool
            @Sendable func set(_ amounts: String) async throws {
                let count = amounts.split(separator: ",").count
                try await pool.withTransaction { connection in
                    try await connection.simple(
                        """
                        update ledger_transaction set amounts_minor = array[\(amounts)]::bigint[],
                            accounts = array_fill(accounts[1], array[\(count)])
                        """)
                }
            }
            for amounts in ["-1000, 999", "-1000, null", "-1000, 500, 499", "1000, -500, null"] {
                await #expect(throws: DatabaseError.self, "\(amounts)") { try await set(amounts) }
            }
            for amounts in ["-1000, 1000", "-1000, 500, 500"] { try await set(amounts) }
            await #expect(throws: DatabaseError.self) {
                try await pool.execute(
                    "update ledger_account set balance_minor = -1 where purpose = 'available'")
            }
        }
    }
}
