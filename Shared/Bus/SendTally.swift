internal import CKafka

/// What one report of the library was about, counted.
struct SendTally {
    /// How often each of few keys was met, those of one kind mostly in a row.
    struct Counts<Key: Equatable> {
        private(set) var counts: [(key: Key, count: Int)] = []

        mutating func add(_ key: Key) {
            if let index = counts.lastIndex(where: { $0.key == key }) {
                counts[index].count += 1
            } else {
                counts.append((key, 1))
            }
        }
    }

    private(set) var epochs = Counts<Int>()
    private var sentTo = Counts<OpaquePointer>()
    private var failedAt = Counts<OpaquePointer>()

    mutating func note(_ message: rd_kafka_message_t, _ ticket: SendTicket) {
        epochs.add(ticket.epoch)
        guard let topic = message.rkt else { return }
        if message.err == RD_KAFKA_RESP_ERR_NO_ERROR {
            sentTo.add(topic)
        } else {
            failedAt.add(topic)
        }
    }

    /// How many records it was about.
    var count: Int { epochs.counts.reduce(0) { $0 + $1.count } }
    /// Acknowledged records by topic. Valid while the report is.
    var sent: [(topic: String, count: Int)] { Self.named(sentTo) }
    /// Records given up by topic. Valid while the report is.
    var failed: [(topic: String, count: Int)] { Self.named(failedAt) }

    private static func named(_ topics: Counts<OpaquePointer>) -> [(topic: String, count: Int)] {
        topics.counts.map { (String(cString: rd_kafka_topic_name($0.key)), $0.count) }
    }
}
