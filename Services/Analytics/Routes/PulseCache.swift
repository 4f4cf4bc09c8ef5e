internal import EventTypes
internal import Runtime

/// Keeps an answer for a second, so that a page open on many screens costs what one costs. Who
/// comes while it is being made waits for the same one.
actor PulseCache {
    static let age: Duration = .seconds(1)

    private let clock: any WallClock
    private let make: @Sendable (Timestamp) async throws -> PulseView
    private var latest: PulseView?
    private var making: Task<PulseView, any Error>?

    init(
        clock: any WallClock, make: @escaping @Sendable (Timestamp) async throws -> PulseView
    ) {
        self.clock = clock
        self.make = make
    }

    func view() async throws -> PulseView {
        let now = clock.now()
        if let latest, latest.at <= now, now.since(latest.at) < Self.age { return latest }
        if let making { return try await making.value }
        let task = Task { [make] in try await make(now) }
        making = task
        defer { making = nil }
        let view = try await task.value
        latest = view
        return view
    }
}
