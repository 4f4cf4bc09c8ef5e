internal import Synchronization

/// The last page of the log that was read, for all who follow the log at about the same place: each
/// projection and the publisher. What is in the log never changes, so one reading serves them all.
final class NewsDesk: Sendable {
    private struct State {
        /// In the order of positions, without holes.
        var page: [RecordedEvent] = []
        var isReading = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private enum Step {
        case take([RecordedEvent])
        case read
        case wait
    }

    private let state = Mutex(State())

    /// The events after `position` that are at hand, at most `limit`; what `read` gives where there
    /// are none. One reads at a time, the others see whether the same page serves them.
    func events(
        after position: Int64, limit: Int, read: () async throws -> [RecordedEvent]
    ) async throws -> [RecordedEvent] {
        while true {
            let step = state.withLock { state -> Step in
                if let events = Self.find(state.page, after: position, limit: limit) {
                    return .take(events)
                }
                if state.isReading { return .wait }
                state.isReading = true
                return .read
            }
            switch step {
            case .take(let events): return events
            case .wait: await turn()
            case .read:
                var page: [RecordedEvent] = []
                defer { finish(page) }
                page = try await read()
                return page
            }
        }
    }

    private static func find(
        _ page: [RecordedEvent], after position: Int64, limit: Int
    ) -> [RecordedEvent]? {
        guard let first = page.first?.position, position >= first - 1 else { return nil }
        let index = Int(position - first) + 1
        guard index < page.count, page[index].position == position + 1 else { return nil }
        return index == 0 && page.count <= limit ? page : Array(page[index...].prefix(limit))
    }

    private func finish(_ page: [RecordedEvent]) {
        let waiters = state.withLock { state in
            if !page.isEmpty { state.page = page }
            state.isReading = false
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func turn() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isReading { state.waiters.append(continuation) }
                return !state.isReading
            }
            if isOver { continuation.resume() }
        }
    }
}
