internal import CKafka
internal import EventTypes
internal import Glibc

extension BusRecord {
    /// The bytes that count against the limit.
    var size: Int { key.count + value.count + headers.size }

    /// Queues a copy in the library; on success its report will carry `opaque`.
    func produce(
        _ client: OpaquePointer, _ opaque: UnsafeMutableRawPointer
    ) -> rd_kafka_resp_err_t {
        var list: OpaquePointer?
        if !headers.isEmpty {
            list = rd_kafka_headers_new(headers.count)
            headers.forEach { field in
                _ = rd_kafka_header_add(
                    list, field.name.baseAddress, field.name.count, field.value.baseAddress,
                    field.value.count)
            }
        }
        let milliseconds = timestamp.map { max(1, $0.microseconds / 1_000) } ?? 0
        let error = key.withUnsafeBytes { key in
            value.withUnsafeBytes { value in
                // No key and no value are told from empty ones by their address.
                souk_kafka_produce(
                    client, topic, partition ?? -1, key.isEmpty ? nil : key.baseAddress, key.count,
                    value.isEmpty ? nil : value.baseAddress, value.count, milliseconds, list,
                    opaque)
            }
        }
        if error != RD_KAFKA_RESP_ERR_NO_ERROR, let list { rd_kafka_headers_destroy(list) }
        return error
    }

    /// A copy of a received message.
    init(_ message: UnsafeMutablePointer<rd_kafka_message_t>, topic: String) {
        let content = message.pointee
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(message, &kind)
        self.init(
            topic: topic, partition: content.partition,
            key: Self.bytes(content.key, content.key_len),
            value: Self.bytes(content.payload, content.len), headers: Self.headers(message),
            timestamp: milliseconds > 0 ? Timestamp(microseconds: milliseconds * 1_000) : nil,
            offset: content.offset)
    }

    private static func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8] {
        start.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) } ?? []
    }

    private static func headers(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>
    ) -> BusHeaders {
        var list: OpaquePointer?
        var headers = BusHeaders()
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list
        else { return headers }
        headers.reserveCapacity(rd_kafka_header_cnt(list), bytes: Self.usualHeaderBytes)
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(list, headers.count, &name, &value, &size)
            == RD_KAFKA_RESP_ERR_NO_ERROR, let name
        {
            headers.append(
                UnsafeRawBufferPointer(start: name, count: strlen(name)),
                UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : size))
        }
        return headers
    }

    /// What the headers of an event of ours take.
    private static let usualHeaderBytes = 480
}
