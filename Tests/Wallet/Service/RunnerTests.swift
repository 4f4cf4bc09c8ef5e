internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit
internal import TestSupport
internal import Testing

@testable internal import SandboxService
@testable internal import WalletService

@Suite("The wallet with the runners of the platform") struct RunnerTests {
    @Test func `timers send a payout by themselves, once`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            let id = try await world.approvedWithdrawal()
            let context = world.wallet.context
            let store = try #require(world.wallet.store as? PostgresEventStore)
            let runner = TimerRunner(
                store: store, handlers: world.wallet.blueprint.timers, loop: context.loop,
                logger: context.logger, metrics: Metrics())
            while try await runner.handleDue() > 0 {}
            #expect(try await world.state(id) == "submitted")
            #expect(try await world.sandbox.payments(after: nil, limit: 10).count == 1)
            try await world.deliverAllWebhooks()
            #expect(try await world.state(id) == "paid")
        }
    }

    @Test func `what is rebuilt from the log is what was there`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            let id = try await world.approvedWithdrawal()
            for number: UInt64 in 0..<20 {
                try await world.credit(100, conversion: 900 + number, to: identifier(50 + number))
            }
            try await world.runTimers()
            try await world.deliverAllWebhooks()
            #expect(try await world.state(id) == "paid")
            let reports = try await world.wallet.expectRebuildsAreIdentical()
            #expect(reports.allSatisfy { $0.rows.allSatisfy { $0 > 0 } }, "\(reports)")
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `many at once never take more than there is`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            try await world.verify(level: 2)
            try await world.credit(1_000)
            let created = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await world.withdraw(100).status.code == 201 }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(created == 10)
            await world.wallet.settle()
            #expect(try await world.balance() == [0, 1_000, 0])
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test func `a recipient who was erased before the payout left gets it back`() async throws {
        try await WalletWorld.with { (world: WalletWorld) async throws -> Void in
            let id = try await world.approvedWithdrawal()
            world.wallet.subjectKeys.destroy(WalletWorld.user)
            try await world.wallet.deliver(
                UserErased(userID: WalletWorld.user), of: .userEvents)
            try await world.runTimers()
            #expect(try await world.state(id) == "failed")
            #expect(try await world.sandbox.payments(after: nil, limit: 10).isEmpty)
            #expect(try await world.balance() == [5_000, 0, 0])
            #expect(try await world.violations().isEmpty)
        }
    }
}
