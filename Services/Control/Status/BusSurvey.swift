internal import Bus
internal import EventStore
internal import EventTypes
internal import Runtime

/// What the broker knows: whether it answers, how far groups are, and since when the oldest record
/// waits that a consumer has not applied.
struct BusSurvey: Sendable {
    /// How long the broker may take for one answer.
    static let timeout: Duration = .milliseconds(1_500)
    /// How long the oldest records are looked for.
    static let lookupTimeout: Duration = .seconds(1)

    static let question = "the broker"

    let bus: BusConfiguration
    let loop: EventLoop
    let logger: Logger

    /// - Returns: why it does not answer; nil when it does.
    func fault() async -> StatusReport.Unanswered? {
        do {
            let admin = try BusAdmin(bus, loop: loop, logger: logger)
            _ = try await admin.topics(timeout: Self.timeout)
            return nil
        } catch {
            return .init(
                question: "\(Self.question) at \(bus.bootstrapServers)",
                reason: "no answer within \(Self.timeout.inMilliseconds) ms")
        }
    }

    /// Where the database cannot be asked: by the offsets that groups have committed.
    func consumers() async -> [StatusReport.Follower] {
        await withTaskGroup(of: [StatusReport.Follower].self) { group in
            for program in PlatformProgram.withLog {
                group.addTask { [self] in await offsets(of: program.name) }
            }
            return await group.reduce(into: []) { $0 += $1 }
                .sorted { ($0.service, $0.name) < ($1.service, $1.name) }
        }
    }

    private func offsets(of group: String) async -> [StatusReport.Follower] {
        let topics = Topic.allCases.map(\.rawValue)
        guard let admin = try? BusAdmin(bus, loop: loop, logger: logger),
            let lags = try? await admin.groupLag(group, topics: topics, timeout: Self.timeout)
        else { return [] }
        let mine = lags.filter { $0.committed != nil }
        return Set(mine.map(\.topic)).sorted().map { topic in
            let partitions = mine.filter { $0.topic == topic }
            let end = partitions.reduce(0) { $0 + $1.high }
            let behind = partitions.reduce(0) { $0 + $1.lag }
            return .init(
                service: group, kind: .consumer, name: topic, position: end - behind, end: end,
                behind: behind)
        }
    }

    /// When the oldest event was recorded that is on the topic and not applied; nil when it is not
    /// found in time.
    ///
    /// - Parameter applied: by slot, how far the lanes are that are behind.
    func oldest(
        _ topic: String, of source: String, group: String, after applied: [Int: Int64]
    ) async -> Timestamp? {
        guard let admin = try? BusAdmin(bus, loop: loop, logger: logger),
            let lags = try? await admin.groupLag(group, topics: [topic], timeout: Self.timeout)
        else { return nil }
        var offsets: [Int32: Int64] = [:]
        for lag in lags where lag.lag > 0 {
            offsets[lag.partition] = max(lag.low, lag.committed ?? lag.low)
        }
        let records =
            (try? await admin.records(topic, from: offsets, timeout: Self.lookupTimeout)) ?? []
        return records.compactMap(ReceivedEvent.init).filter { event in
            guard event.source == source, let last = applied[event.slot] else { return false }
            return event.slotSequence > last
        }.map(\.time).min()
    }
}
