internal import Synchronization

/// What this process wrote last, and the last page of the log that was read, for all who follow the
/// log at about the same place: each projection and the publisher. What is in the log never
/// changes, so one reading serves them all, and what was written here need not be read.
final class NewsDesk: Sendable {
    /// About so many events, and bytes of their payloads, are kept of what was written here.
    static let keptEvents = 1_000
    static let keptBytes = 1 << 20

    private struct State {
        /// What was written here, in the order of positions, without holes.
        var written: [RecordedEvent] = []
        var writtenBytes = 0
        /// What was read, in the order of positions, without holes.
        var page: [RecordedEvent] = []
        var isReading = false
        var waiters: [CheckedContinuation<Void, Never>] = []

        mutating func put(_ events: [RecordedEvent]) {
            guard let first = events.first, let last = events.last else { return }
            if let begin = written.first, let end = written.last {
                if last.position + 1 == begin.position {
                    written = events + written
                } else if end.position + 1 == first.position {
                    written += events
                } else if first.position > end.position {
                    written = events
                    writtenBytes = 0
                } else {
                    return
                }
            } else {
                written = events
            }
            writtenBytes += events.reduce(0) { $0 + $1.payloadSize }
            if written.count > 2 * NewsDesk.keptEvents || writtenBytes > 2 * NewsDesk.keptBytes {
                trim()
            }
        }

        private mutating func trim() {
            var start = written.count
            var bytes = 0
            while start > 0, written.count - start < NewsDesk.keptEvents {
                let more = written[start - 1].payloadSize
                if bytes + more > NewsDesk.keptBytes { break }
                start -= 1
                bytes += more
            }
            written.removeFirst(start)
            writtenBytes = bytes
        }
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
                let events =
                    Self.find(state.written, after: position, limit: limit)
                    ?? Self.find(state.page, after: position, limit: limit)
                if let events { return .take(events) }
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

    /// Takes in events that were committed just now, in order. What other processes write in
    /// between leaves holes: whoever stands there reads.
    func put(_ events: [RecordedEvent]) {
        state.withLock { $0.put(events) }
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
