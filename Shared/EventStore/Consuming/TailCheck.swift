internal import Bus
internal import EventTypes
internal import JSON
internal import Runtime

/// Compares what sources say they have published with what a consumer has, once it has read all
/// that the brokers have.
struct TailCheck: Sendable {
    let group: String
    /// The topics that the consumer reads.
    let topics: Set<Topic>
    let bus: BusConfiguration
    let loop: EventLoop
    let logger: Logger
    /// Where the consumer is in these lanes of one topic.
    let positions: @Sendable (Set<InboxLane>) async throws -> [InboxLane: SlotPosition]

    /// What is missing by the newest announcements among `records`.
    ///
    /// - Throws: `DatabaseError`, or `BusError` when the brokers cannot be asked.
    func missing(_ records: [BusRecord]) async throws -> [InboxBatch.Loss] {
        var newest: [InboxLane: PublishedEnds] = [:]
        for record in records {
            guard let ends = try? JSON.decode(PublishedEnds.self, from: record.value),
                ends.sequences.count == Slot.count, topics.contains(ends.topic)
            else { continue }
            newest[InboxLane(source: ends.source, topic: ends.topic, slot: 0)] = ends
        }
        var behind: [PublishedEnds] = []
        for ends in newest.values {
            if try await !ends.missing(at: positions(ends.lanes)).isEmpty { behind.append(ends) }
        }
        if behind.isEmpty { return [] }
        let read = try await topicsReadToTheEnd(Set(behind.map(\.topic)))
        var losses: [InboxBatch.Loss] = []
        // Looked at again: what was on its way is there by now.
        for ends in behind where read.contains(ends.topic) {
            losses += try await ends.missing(at: positions(ends.lanes))
        }
        return losses
    }

    private func topicsReadToTheEnd(_ topics: Set<Topic>) async throws -> Set<Topic> {
        let admin = try BusAdmin(bus, loop: loop, logger: logger)
        do {
            let lags = try await admin.groupLag(group, topics: topics.map(\.rawValue).sorted())
            await admin.close()
            let unread = Set(lags.filter { $0.lag > 0 }.map(\.topic))
            return topics.filter { !unread.contains($0.rawValue) }
        } catch {
            await admin.close()
            throw error
        }
    }
}
