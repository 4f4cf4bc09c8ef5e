public import EventTypes
public import Runtime

/// Reads topics from a place of one's own choice without belonging to any group, as replays do.
/// No consumer notices.
public final class BusReader: Sendable {
    /// Where each partition begins.
    public enum Start: Sendable, Hashable {
        /// The oldest record that is kept.
        case beginning
        /// The first record at or after this time.
        case timestamp(Timestamp)
        /// This offset, in every partition, or the oldest kept if that is later.
        case offset(Int64)
        /// So many records before the end of each partition.
        case last(Int64)
    }

    /// Where the reading ends.
    public enum End: Sendable, Hashable {
        /// With the last record that was there when the reading began.
        case endAtStart
        /// Never: new records are waited for.
        case never
    }

    /// How far a reading is.
    public struct Progress: Sendable, Hashable {
        /// Offsets passed so far.
        public let done: Int64
        /// Offsets from start to end as they were when the reading began.
        public let total: Int64
    }

    /// How long the brokers have to say where the partitions begin and end.
    static let questionTimeout: Duration = .seconds(30)

    let configuration: BusConfiguration
    let loop: EventLoop
    let logger: Logger

    /// Prepares a reader; each reading connects by itself.
    public init(
        _ configuration: BusConfiguration, loop: EventLoop, logger: Logger
    ) throws(BusError) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
    }

    /// The records of `topics` in batches of one partition each, in the partition's order.
    ///
    /// Each iteration starts over. `progress` is called on the loop whenever batches were fetched.
    public func read(
        _ topics: [String], from start: Start = .beginning, until end: End = .endAtStart,
        batchLimit: Int = 1_000, progress: (@Sendable (Progress) -> Void)? = nil
    ) -> Reading {
        Reading(
            reader: self, topics: topics, start: start, end: end, batchLimit: max(1, batchLimit),
            progress: progress)
    }

    /// The batches of one reading.
    public struct Reading: AsyncSequence, Sendable {
        let reader: BusReader
        let topics: [String]
        let start: Start
        let end: End
        let batchLimit: Int
        let progress: (@Sendable (Progress) -> Void)?

        /// Goes through the batches once.
        public struct AsyncIterator: AsyncIteratorProtocol {
            let reading: Reading
            private var session: ReadingSession?
            private var batches: ArraySlice<PartitionBatch> = []

            init(reading: Reading) { self.reading = reading }

            /// The next batch; nil at the end.
            public mutating func next() async throws -> PartitionBatch? {
                if let batch = batches.popFirst() { return batch }
                let session: ReadingSession
                if let known = self.session {
                    session = known
                } else {
                    session = try await ReadingSession.open(reading)
                    self.session = session
                }
                batches = try await session.next()[...]
                return batches.popFirst()
            }
        }

        /// Starts over.
        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reading: self) }
    }
}
