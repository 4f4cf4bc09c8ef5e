internal import EventTypes
internal import Synchronization

/// When to look ahead in a batch for the streams that its events are about: once one had to be
/// read by itself, and there are many left. Pure.
struct Foresight {
    /// Events that are left for it to be worth it.
    static let least = 8
    /// In one batch: what an event asks for may rest on what it has read before.
    static let limit = 3

    private var reads = 0
    private var count = 0

    /// - Parameters:
    ///   - reads: the streams read so far, one by one.
    ///   - left: the events that follow.
    mutating func isWorthIt(reads: Int, left: Int) -> Bool {
        guard reads > self.reads, left >= Self.least, count < Self.limit else { return false }
        self.reads = reads
        count += 1
        return true
    }
}

/// A store that reads many streams as fast as one, when it is told beforehand.
protocol StreamForesight: Sendable {
    /// Finds out which streams `body` asks for, and reads those that are not at hand in one go, so
    /// that who asks for them next has them without waiting. A fault is passed over: then they are
    /// read when they are asked for.
    ///
    /// - Parameter body: gets a unit that is thrown away, and in which what is not at hand cannot
    ///   be opened: that throws.
    func foresee(_ body: (UnitOfWork) async -> Void) async
}

/// The states of streams that are at hand.
protocol StreamShelf: Sendable {
    /// - Returns: nil for one that would have to be read.
    func known<D: Decider>(_ decider: D.Type, _ stream: StreamID) -> OpenedStream<D.State>?
}

/// Notes which streams are asked for that are not at hand.
final class StreamScout: StreamSource {
    typealias Found = (stream: StreamID, wishes: [any StreamWish])

    /// The stream has not been read yet.
    struct Unread: Error {}

    private let atHand: any StreamShelf
    private let wishes = Mutex<[StreamID: [any StreamWish]]>([:])

    init(_ atHand: any StreamShelf) { self.atHand = atHand }

    func open<D: Decider>(
        _ decider: D.Type, _ stream: StreamID
    ) async throws -> OpenedStream<D.State> {
        if let known = atHand.known(D.self, stream) { return known }
        let wish = DeciderWish<D>()
        wishes.withLock { wishes in
            let isNew = !wishes[stream, default: []].contains { $0.kind == wish.kind }
            if isNew { wishes[stream, default: []].append(wish) }
        }
        throw Unread()
    }

    /// What was asked for, in order of names.
    func found() -> [Found] {
        wishes.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
