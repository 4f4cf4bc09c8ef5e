internal import Bus
internal import EventStore
internal import EventTypes
internal import Runtime

/// Every published event is on its topic, with the numbers and the content that the log gives it.
struct TopicProof: Sendable {
    /// How often topics are read again before something counts as missing: a topic that was lost is
    /// filled again meanwhile.
    static let attempts = 4
    static let pause: Duration = .seconds(3)

    let bus: BusConfiguration
    let pool: @Sendable () async throws -> PlatformMarks
    let loop: EventLoop
    let logger: Logger

    func examine(_ logs: PublishedLogs, _ marks: PlatformMarks) async throws -> VerifyFinding {
        var marks = marks
        var attempt = 1
        while true {
            let finding = try await once(logs, marks)
            if finding.holds || attempt == Self.attempts { return finding }
            attempt += 1
            try await loop.sleep(for: Self.pause)
            marks = try await pool()
        }
    }

    private func once(_ logs: PublishedLogs, _ marks: PlatformMarks) async throws -> VerifyFinding {
        let admin = try BusAdmin(bus, loop: loop, logger: logger)
        let known = Set(try await admin.topics())
        let topics = Topic.allCases.map(\.rawValue).filter(known.contains)
        var lows: [String: [Int32: Int64]] = [:]
        for topic in topics {
            for mark in try await admin.watermarks(topic) {
                lows[topic, default: [:]][mark.partition] = mark.low
            }
        }
        await admin.close()
        var count = TopicCount()
        let reader = try BusReader(bus, loop: loop, logger: logger)
        for try await batch in reader.read(topics) {
            for record in batch.records { count.take(record, logs) }
        }
        return count.finding(logs, marks, lows)
    }
}

/// What was found on the topics. Pure.
struct TopicCount: Sendable {
    /// Which numbers of each lane are there.
    private var seen: [PublishedLane: [Bool]] = [:]
    private var records = 0
    private var repeats = 0
    private var faults: [String] = []

    mutating func take(_ record: BusRecord, _ logs: PublishedLogs) {
        records += 1
        guard let event = ReceivedEvent(record) else {
            return faults.append("a record of \(record.topic) is no event")
        }
        let lane = PublishedLane(
            source: event.source, topic: record.topic, slot: event.slot)
        guard let entry = logs.entry(lane, event.slotSequence) else {
            // What was recorded after the log was read is not examined.
            if event.slotSequence > (logs.lanes[lane]?.count ?? 0) { return }
            return faults.append("\(lane) has the number \(event.slotSequence)")
        }
        let digest = PublishedLogs.digest(
            event.type.name, event.type.version, event.stream.name, event.payload)
        if entry.id != event.id || entry.position != event.position
            || event.causationID != entry.eventID || entry.digest != digest
        {
            faults.append(
                "\(lane) number \(event.slotSequence) is not what the log has at \(entry.position)")
        }
        let index = Int(event.slotSequence) - 1
        if seen[lane] == nil {
            seen[lane] = Array(repeating: false, count: logs.lanes[lane]?.count ?? 0)
        }
        if seen[lane]?[index] == true { repeats += 1 }
        seen[lane]?[index] = true
    }

    /// - Parameter lows: where the kept records of each partition begin.
    func finding(
        _ logs: PublishedLogs, _ marks: PlatformMarks, _ lows: [String: [Int32: Int64]]
    ) -> VerifyFinding {
        var faults = faults
        var examined = 0
        var gone = 0
        for (lane, last) in marks.published where last > 0 {
            let there = (seen[lane] ?? []).prefix(Int(last))
            let partitions = lows[lane.topic] ?? [:]
            let partition = Slot(lane.slot)?.partition(of: Int32(partitions.count)) ?? 0
            // Where nothing was dropped, everything must be there from the first on.
            let isWhole = partitions[partition] == 0
            let first = isWhole ? 0 : (there.firstIndex(of: true) ?? Int(last))
            gone += first
            examined += there.dropFirst(first).count { $0 }
            let missing = (first..<Int(last)).filter { !there.indices.contains($0) || !there[$0] }
            if let one = missing.first {
                faults.append(
                    "\(lane) lacks \(missing.count) of \(last), the first is number \(one + 1)")
            }
        }
        return VerifyFinding(
            "every published event is on its topic as its log gives it", examined, faults,
            note: "\(logs.count) published, \(gone) no longer kept, \(repeats) sent again")
    }
}
