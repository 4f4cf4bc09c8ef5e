import CKafka
import Glibc
import Runtime

/// librdkafka by itself: records of the same size to the same partitions, acknowledged by all.
enum ProducePeer {
    /// Bytes of a record of ours: the value and thirteen headers.
    static let recordBytes = 560

    /// - Returns: records a second until the last is acknowledged.
    static func run(_ servers: String, topic: String, count: Int) async throws -> Double {
        try await NamedThread.run("bench-produce") {
            let settings = rd_kafka_conf_new()
            var reason = [CChar](repeating: 0, count: 256)
            for (name, value) in [
                ("bootstrap.servers", servers), ("enable.idempotence", "true"), ("acks", "all"),
                ("compression.type", "lz4"), ("linger.ms", "2"),
                ("queue.buffering.max.messages", "100000"),
            ] {
                guard
                    rd_kafka_conf_set(settings, name, value, &reason, reason.count)
                        == RD_KAFKA_CONF_OK
                else { throw BenchError("librdkafka refuses: \(text(reason))") }
            }
            guard
                let producer = rd_kafka_new(RD_KAFKA_PRODUCER, settings, &reason, reason.count),
                let handle = rd_kafka_topic_new(producer, topic, nil)
            else { throw BenchError("librdkafka refuses: \(text(reason))") }
            defer {
                rd_kafka_topic_destroy(handle)
                rd_kafka_destroy(producer)
            }
            return try produce(producer, handle, count)
        }
    }

    private static func text(_ reason: [CChar]) -> String {
        String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func produce(
        _ producer: OpaquePointer, _ topic: OpaquePointer, _ count: Int
    ) throws -> Double {
        let copy = RD_KAFKA_MSG_F_COPY
        let start = ContinuousClock.now
        for number in 0..<count {
            // As different from one another as events are: compression works on both alike.
            var value = Array(
                #"{"event_id":"\#(number &* 2_654_435_761)","name":"posted_100"}"#.utf8)
            value += [UInt8](repeating: UInt8(ascii: "h"), count: recordBytes - value.count)
            let key = Array("account-\(number % 10_000)".utf8)
            while rd_kafka_produce(
                topic, Int32(number % BusLine.partitions), copy, &value, value.count, key,
                key.count, nil) != 0
            {
                guard rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                    throw BenchError("librdkafka refuses a record.")
                }
                rd_kafka_poll(producer, 1)
            }
            if number % 1_000 == 0 { rd_kafka_poll(producer, 0) }
        }
        guard rd_kafka_flush(producer, 60_000) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw BenchError("librdkafka was not done within a minute.")
        }
        return Double(count) / start.duration(to: .now).inSeconds
    }
}
