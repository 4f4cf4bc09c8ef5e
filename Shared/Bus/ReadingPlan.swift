internal import CKafka
internal import EventTypes

/// Where the partitions of a reading begin and end.
struct ReadingPlan: Sendable {
    struct Span: Sendable {
        let start: Int64
        /// What comes after the last record, as it was when the reading began.
        let end: Int64
    }

    let spans: [PartitionKey: Span]
    /// Earlier records are left out, in milliseconds: for brokers that do not know times.
    let earliest: Int64?

    /// Asks the brokers; blocks.
    init(
        _ questions: ClusterQuestions, _ topics: [String], from start: BusReader.Start
    ) throws(BusError) {
        let counts = try questions.partitions(of: topics)
        let marks = try questions.watermarks(counts)
        var times: [PartitionKey: Int64]?
        var earliest: Int64?
        if case .timestamp(let time) = start {
            let milliseconds = (time.microseconds + 999) / 1_000
            if questions.isEmbedded() {
                earliest = milliseconds
            } else {
                times = try questions.offsets(counts, at: max(0, milliseconds))
            }
        }
        var spans: [PartitionKey: Span] = [:]
        for (topic, marks) in marks {
            let key = PartitionKey(topic: topic, partition: marks.partition)
            let first: Int64 =
                switch start {
                case .beginning: marks.low
                case .offset(let offset): offset
                case .last(let count): marks.high - Swift.max(0, count)
                case .timestamp:
                    times.map { times in
                        times[key].flatMap { $0 < 0 ? nil : $0 } ?? marks.high
                    } ?? marks.low
                }
            spans[key] = Span(
                start: Swift.min(Swift.max(first, marks.low), marks.high), end: marks.high)
        }
        self.spans = spans
        self.earliest = earliest
    }
}
