public import EventTypes

/// One record of a topic, to be sent or as received.
public struct BusRecord: Sendable {
    /// The topic's name.
    public var topic: String
    /// Where it goes, or where it was found. When nil, the key decides.
    public var partition: Int32?
    /// Records with the same key share a partition and keep their order there. A record without a
    /// key has an empty one.
    public var key: [UInt8]
    /// The content, at most `BusConfiguration.maximumRecordBytes`. Empty for a tombstone.
    public var value: [UInt8]
    /// Names and values, in order; names may repeat.
    public var headers: BusHeaders
    /// When it happened, to the millisecond. When nil on sending, now.
    public var timestamp: Timestamp?
    /// Its place in the partition, from 0; nil before it was sent.
    public var offset: Int64?

    public init(
        topic: String, partition: Int32? = nil, key: [UInt8] = [], value: [UInt8],
        headers: BusHeaders = BusHeaders(), timestamp: Timestamp? = nil, offset: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
        self.offset = offset
    }
}

/// Where an acknowledged record stands.
public struct Delivery: Hashable, Sendable {
    public let partition: Int32
    /// From 0 in each partition.
    public let offset: Int64

    public init(partition: Int32, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }
}

/// Records of one partition, in its order.
public struct PartitionBatch: Sendable {
    public let topic: String
    public let partition: Int32
    /// Never empty.
    public let records: [BusRecord]
    /// The offset that the partition's next record will get, as last heard: the number of records
    /// still ahead is this less `nextOffset`. nil when it was not heard yet.
    public let endOffset: Int64?

    public init(topic: String, partition: Int32, records: [BusRecord], endOffset: Int64? = nil) {
        self.topic = topic
        self.partition = partition
        self.records = records
        self.endOffset = endOffset
    }

    /// What comes after the last record of this batch.
    public var nextOffset: Int64 { (records.last?.offset ?? -1) + 1 }
}
