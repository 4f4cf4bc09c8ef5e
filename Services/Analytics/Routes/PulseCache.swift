internal import EventTypes
internal import Runtime
internal import Synchronization

/// Keeps an answer for a second, so that a page open on many screens costs what one costs. While it
/// is made anew, others get the one before, if that is hardly older.
final class PulseCache: Sendable {
    static let age: Duration = .seconds(1)
    /// How old an answer may be for those who come while it is made anew.
    static let overtime: Duration = .seconds(5)

    private struct State {
        var latest: PulseView?
        var isMaking = false
    }

    private let state = Mutex(State())
    private let clock: any WallClock
    private let make: @Sendable (Timestamp) async throws -> PulseView

    init(
        clock: any WallClock, make: @escaping @Sendable (Timestamp) async throws -> PulseView
    ) {
        self.clock = clock
        self.make = make
    }

    func view() async throws -> PulseView {
        let now = clock.now()
        let kept: PulseView? = state.withLock { state in
            if let latest = state.latest, latest.at <= now,
                now.since(latest.at) < (state.isMaking ? Self.overtime : Self.age)
            {
                return latest
            }
            state.isMaking = true
            return nil
        }
        if let kept { return kept }
        defer { state.withLock { $0.isMaking = false } }
        let view = try await make(now)
        state.withLock { $0.latest = view }
        return view
    }
}
