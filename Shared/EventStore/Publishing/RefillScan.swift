internal import EventTypes

/// Finds what a consumer misses: the publications of one slot after a number, numbered as they were
/// the first time. Pure: it says where to read on, and is given what was read.
struct RefillScan: Sendable {
    private let request: RefillRequest
    private let lane: PublisherState.Lane
    private let end: Int64
    private var state = PublisherState()
    private var hasStart = false

    /// - Parameter end: the position up to which the log is published; the rest comes by itself.
    /// - Returns: nil when the request makes no sense.
    init?(_ request: RefillRequest, upTo end: Int64) {
        guard let slot = Slot(request.slot), request.sequence >= 0, request.position >= 0 else {
            return nil
        }
        self.request = request
        self.end = end
        lane = PublisherState.Lane(topic: request.topic, slot: slot)
        state.position = max(0, request.position - 1)
        hasStart = request.position == 0
        if hasStart { state.sequences[lane] = request.sequence }
    }

    /// Read events after this position; nil at the end.
    var readAfter: Int64? { state.position < end ? state.position : nil }

    /// Takes events that were read and returns what is to be sent again.
    mutating func take(_ events: [(RecordedEvent, [Publication])]) -> [NumberedPublication] {
        var found: [NumberedPublication] = []
        for (event, publications) in events where event.position <= end {
            guard hasStart else {
                start(at: event, publications)
                if state.position == 0 { return [] }
                continue
            }
            found += state.advance(past: event, publications).filter {
                $0.lane == lane && $0.sequence > request.sequence
            }
        }
        if events.isEmpty { state.position = end }
        return found
    }

    /// The event that the consumer has last tells where to count from, unless it was published in
    /// several parts: then all is counted from the beginning.
    private mutating func start(at event: RecordedEvent, _ publications: [Publication]) {
        hasStart = true
        let parts = publications.filter {
            $0.topic == lane.topic && Slot(of: StreamID($0.key)) == lane.slot
        }
        if parts.count > 1 {
            state = PublisherState()
        } else {
            state.position = event.position
            state.sequences[lane] = request.sequence
        }
    }
}
