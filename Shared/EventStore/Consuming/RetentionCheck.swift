internal import Bus
internal import Database
internal import EventTypes
internal import JSON
internal import Runtime

/// Finds out, when a consumer starts, whether records were deleted that it had not read. A number
/// that jumps would tell it only with the next event of the same lane, which may never come; so the
/// sources are asked at once for everything after what it has.
struct RetentionCheck: Sendable {
    static let pause: Duration = .seconds(5)

    let group: String
    let topics: [String]
    let bus: BusConfiguration
    let pool: DatabasePool
    let producer: BusProducer
    let loop: EventLoop
    let logger: Logger
    /// By topic, the times that something was deleted too early.
    let losses: Counter

    /// Asks until the broker has answered, or the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                return try await check()
            } catch {
                try? await loop.sleep(for: Self.pause)
            }
        }
    }

    private func check() async throws {
        let admin = try BusAdmin(bus, loop: loop, logger: logger)
        let known = Set(try await admin.topics())
        let lags = try await admin.groupLag(group, topics: topics.filter(known.contains))
        await admin.close()
        let gaps = Self.gaps(lags)
        if gaps.isEmpty { return }
        let rows = try await pool.query(
            "SELECT source, topic, slot, sequence, position FROM inbox_position", isReadOnly: true)
        for row in rows {
            let name: String = try row.get("topic")
            let slot = Int(try row.get("slot", as: Int64.self))
            guard let topic = Topic(rawValue: name), let count = gaps[name]?.count,
                let isGap = gaps[name]?.partitions.contains(Int32(slot) % count), isGap
            else { continue }
            let request = RefillRequest(
                source: try row.get("source"), topic: topic, slot: slot,
                sequence: try row.get("sequence"), position: try row.get("position"))
            _ = try await producer.send(
                BusRecord(
                    topic: RefillRequest.controlTopic, key: Array(request.source.utf8),
                    value: try JSON.encode(request)))
        }
        for (topic, gap) in gaps {
            losses.add(1, topic)
            logger.error(
                "records were deleted before they were read; the sources are asked for them",
                ["topic": topic, "partitions": gap.partitions.count])
        }
    }

    /// The partitions of a topic that begin after what the group has read.
    struct Gap: Sendable, Equatable {
        /// Of all partitions.
        let count: Int32
        let partitions: Set<Int32>
    }

    static func gaps(_ lags: [PartitionLag]) -> [String: Gap] {
        Dictionary(grouping: lags, by: \.topic).compactMapValues { lags in
            let gaps = lags.filter { lag in lag.committed.map { $0 < lag.low } ?? false }
            return gaps.isEmpty
                ? nil : Gap(count: Int32(lags.count), partitions: Set(gaps.map(\.partition)))
        }
    }
}
