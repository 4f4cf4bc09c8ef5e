internal import CKafka

/// What one report of the library was about, counted.
struct SendTally {
    private(set) var count = 0
    private(set) var epochs: [Int: Int] = [:]
    private var sentTo: [OpaquePointer: Int] = [:]
    private var failedAt: [OpaquePointer: Int] = [:]

    mutating func note(_ message: rd_kafka_message_t, _ ticket: SendTicket) {
        count += 1
        epochs[ticket.epoch, default: 0] += 1
        guard let topic = message.rkt else { return }
        if message.err == RD_KAFKA_RESP_ERR_NO_ERROR {
            sentTo[topic, default: 0] += 1
        } else {
            failedAt[topic, default: 0] += 1
        }
    }

    /// Acknowledged records by topic. Valid while the report is.
    var sent: [(topic: String, count: Int)] { sentTo.map { (Self.name($0.key), $0.value) } }
    /// Records given up by topic. Valid while the report is.
    var failed: [(topic: String, count: Int)] { failedAt.map { (Self.name($0.key), $0.value) } }

    private static func name(_ topic: OpaquePointer) -> String {
        String(cString: rd_kafka_topic_name(topic))
    }
}
