internal import Database
internal import EventTypes
internal import Runtime

/// At the start of the program: goes on at once with the checkouts that an end without notice left
/// behind. Their timers would do the same a little later.
struct CheckoutRecovery: Component {
    /// The most that are taken up at once; the rest is left to the timers.
    private static let limit = 1_000
    /// What changed so lately may be in the hands of another replica.
    private static let quiet: Duration = .seconds(1)

    let pool: DatabasePool
    let clock: any WallClock
    let runner: ProcessRunner<CheckoutID>

    func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.ready()
        // What cannot be read now is left to the timers, too.
        for id in (try? await open()) ?? [] { runner.begin(id) }
        await lifecycle.shutdownRequested()
    }

    func open() async throws -> [CheckoutID] {
        try await pool.query(
            """
            select checkout_id from checkout
            where not is_over and not is_stuck and changed_at < \(clock.now() - Self.quiet)
            order by checkout_id limit \(Self.limit)
            """, isReadOnly: true
        ).map { row in try row.get("checkout_id") }
    }
}
