internal import CKafka

/// Owns a list of partitions of the library.
final class PartitionList {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init() { pointer = rd_kafka_topic_partition_list_new(8) }

    func add(_ key: PartitionKey, offset: Int64) {
        rd_kafka_topic_partition_list_add(pointer, key.topic, key.partition).pointee.offset = offset
    }

    /// The offsets that an answer has put in.
    func offsets(operation: String) throws(BusError) -> [PartitionKey: Int64] {
        try Self.offsets(pointer, operation: operation)
    }

    /// The offsets of a list; those that are none are left out.
    static func offsets(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>, operation: String
    ) throws(BusError) -> [PartitionKey: Int64] {
        var offsets: [PartitionKey: Int64] = [:]
        for index in 0..<Int(list.pointee.cnt) {
            let element = list.pointee.elems[index]
            guard element.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw BusError(element.err, operation: operation)
            }
            if element.offset >= -1 { offsets[key(element)] = element.offset }
        }
        return offsets
    }

    /// The partitions of a list.
    static func keys(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>
    ) -> [PartitionKey] {
        (0..<Int(list.pointee.cnt)).map { key(list.pointee.elems[$0]) }
    }

    private static func key(_ element: rd_kafka_topic_partition_t) -> PartitionKey {
        PartitionKey(topic: String(cString: element.topic), partition: element.partition)
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }
}
