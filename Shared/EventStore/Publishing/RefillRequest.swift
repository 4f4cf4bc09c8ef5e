public import EventTypes
internal import Synchronization

/// A consumer's plea for the events of a slot after the last one that it has.
public struct RefillRequest: Codable, Hashable, Sendable {
    /// The topic of the bus on which these requests travel.
    public static let controlTopic = "souk-control"

    public let source: String
    public let topic: Topic
    public let slot: Int
    /// The last number that the consumer has, 0 for none.
    public let sequence: Int64
    /// The position in the source's log of the event with that number, 0 for none.
    public let position: Int64

    public init(source: String, topic: Topic, slot: Int, sequence: Int64, position: Int64) {
        self.source = source
        self.topic = topic
        self.slot = slot
        self.sequence = sequence
        self.position = position
    }
}

/// Requests that wait for the publisher; equal ones wait once.
final class RefillQueue: Sendable {
    /// The most requests that wait; a consumer asks again.
    static let limit = 1_024

    private let waiting = Mutex<[RefillRequest]>([])

    func add(_ request: RefillRequest) {
        waiting.withLock { waiting in
            if waiting.count < Self.limit, !waiting.contains(request) { waiting.append(request) }
        }
    }

    func take() -> [RefillRequest] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}
