import CKafka
import Glibc
import Runtime

/// librdkafka by itself: records of the same size to the same partitions, acknowledged by all.
enum ProducePeer {
    /// Bytes of a record of ours: the value and thirteen headers.
    static let recordBytes = 560

    /// What each record carries, by name, where the peer is to have headers as ours have.
    static let headers = [
        ("ce_specversion", "1.0"), ("ce_id", "01a0c1d0-7f3a-7c4e-9b21-2f6f0c9a5e11"),
        ("ce_source", "bench"), ("ce_type", "wallet.withdrawal_requested"),
        ("ce_schemaversion", "1"), ("ce_time", "2026-01-01T00:00:00.123456Z"),
        ("ce_streamversion", "17"), ("ce_position", "123456"), ("ce_slot", "12"),
        ("ce_slotsequence", "12345"),
        ("ce_correlationid", "01a0c1d0-7f3a-7c4e-9b21-2f6f0c9a5e12"),
        ("ce_causationid", "01a0c1d0-7f3a-7c4e-9b21-2f6f0c9a5e13"),
        ("content-type", "application/json"),
    ].map { Header(name: Array($0.utf8), value: Array($1.utf8)) }

    struct Header {
        let name: [UInt8]
        let value: [UInt8]
    }

    /// - Returns: records a second until the last is acknowledged.
    static func run(
        _ servers: String, topic: String, count: Int, headers: [Header] = []
    ) async throws -> Double {
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
                let producer = rd_kafka_new(RD_KAFKA_PRODUCER, settings, &reason, reason.count)
            else { throw BenchError("librdkafka refuses: \(text(reason))") }
            defer { rd_kafka_destroy(producer) }
            return try produce(producer, topic, count, headers)
        }
    }

    private static func text(_ reason: [CChar]) -> String {
        String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func produce(
        _ producer: OpaquePointer, _ topic: String, _ count: Int, _ headers: [Header]
    ) throws -> Double {
        let valueBytes = recordBytes - headers.reduce(0) { $0 + $1.name.count + $1.value.count }
        let start = ContinuousClock.now
        for number in 0..<count {
            // As different from one another as events are: compression works on both alike.
            var value = Array(
                #"{"event_id":"\#(number &* 2_654_435_761)","name":"posted_100"}"#.utf8)
            value += [UInt8](repeating: UInt8(ascii: "h"), count: valueBytes - value.count)
            let key = Array("account-\(number % 10_000)".utf8)
            let partition = Int32(number % BusLine.partitions)
            while true {
                let list = list(headers)
                let error = souk_kafka_produce(
                    producer, topic, partition, key, key.count, value, value.count, 0, list, nil)
                if error == RD_KAFKA_RESP_ERR_NO_ERROR { break }
                if let list { rd_kafka_headers_destroy(list) }
                guard error == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
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

    private static func list(_ headers: [Header]) -> OpaquePointer? {
        if headers.isEmpty { return nil }
        let list = rd_kafka_headers_new(headers.count)
        for header in headers {
            _ = rd_kafka_header_add(
                list, header.name, header.name.count, header.value, header.value.count)
        }
        return list
    }
}
