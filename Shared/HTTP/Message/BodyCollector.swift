internal import Synchronization

/// Gathers the chunks of a streamed body up to a limit.
final class BodyCollector: Sendable {
    private let limit: Int
    private let gathered = Mutex<[UInt8]>([])

    init(limit: Int) { self.limit = limit }

    var bytes: [UInt8] { gathered.withLock { $0 } }

    func add(_ chunk: [UInt8]) throws {
        try gathered.withLock { gathered in
            if gathered.count + chunk.count > limit { throw HTTPBodyError.tooLarge(limit: limit) }
            gathered.append(contentsOf: chunk)
        }
    }
}
