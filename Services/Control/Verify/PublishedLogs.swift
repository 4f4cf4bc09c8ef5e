internal import EventStore
internal import EventTypes
internal import JSON
internal import Runtime

/// What all logs publish, by the numbers that it has on the topics.
struct PublishedLogs: Sendable {
    /// One published event; its number is its place.
    struct Entry: Sendable {
        let id: EventID
        /// The recorded event's.
        let eventID: EventID
        let position: Int64
        /// Of type, key and payload.
        let digest: Int
    }

    private(set) var lanes: [PublishedLane: [Entry]] = [:]
    private(set) var count = 0
    /// Recorded events that are published more than once, and how often.
    private(set) var parts: [EventID: Int] = [:]
    var books = CrossBooks()
    private(set) var faults: [String] = []

    /// The entry with a number.
    func entry(_ lane: PublishedLane, _ sequence: Int64) -> Entry? {
        guard sequence > 0, let entries = lanes[lane], sequence <= entries.count else {
            return nil
        }
        return entries[Int(sequence) - 1]
    }

    static func digest(_ type: String, _ version: Int, _ key: String, _ payload: [UInt8]) -> Int {
        var hasher = Hasher()
        hasher.combine(type)
        hasher.combine(version)
        hasher.combine(key)
        hasher.combine(payload)
        return hasher.finalize()
    }

    /// Has every service say what its log publishes. Those that only react come first, so that
    /// causes are read after their effects.
    static func read(
        _ programs: ProgramPlan, _ marks: PlatformMarks, _ promises: PromiseBook?, loop: EventLoop
    ) async throws -> PublishedLogs {
        var logs = PublishedLogs()
        logs.books.promises = promises
        for program in PlatformProgram.withLog.reversed() {
            guard let head = marks.heads[program.name] else { continue }
            let file = "\(programs.settings.run)/published-\(program.name)-\(RandomSecret.make())"
            defer { PlatformFiles.remove(file) }
            let run = try await CapturedRun.run(
                ["\(programs.directory)/\(program.name)", "published"],
                environment: programs.environment(of: program),
                directory: programs.settings.run, outputFile: file, on: loop)
            guard run.isSuccess else {
                throw Complaint("\(program.name) published: \(run.lastWords)")
            }
            try PublishedLines.each(of: file) { entry, payload in
                logs.add(entry, payload, of: program.name, before: head, marks)
            }
        }
        return logs
    }

    mutating func add(
        _ entry: PublishedEntry, _ payload: [UInt8], of source: String, before head: Int64,
        _ marks: PlatformMarks
    ) {
        let lane = PublishedLane(
            source: source, topic: entry.topic.rawValue, slot: entry.slot)
        count += 1
        if lanes[lane, default: []].count + 1 != Int(entry.sequence) {
            faults.append("\(lane) has \(entry.sequence) after \(lanes[lane]?.count ?? 0)")
        }
        lanes[lane, default: []].append(
            Entry(
                id: entry.id, eventID: entry.eventID, position: entry.position,
                digest: Self.digest(entry.type, entry.version, entry.key, payload)))
        if entry.id != entry.eventID { parts[entry.eventID, default: 1] += 1 }
        do {
            try books.take(
                entry.received(from: source, payload: payload), lane,
                isOver: entry.position <= head, marks)
        } catch {
            faults.append("event \(entry.position) of \(source) cannot be read: \(error)")
        }
    }
}

/// The file that a service writes about what it publishes.
enum PublishedLines {
    /// Calls `body` with every line.
    ///
    /// - Throws: `Complaint` when the file is none of these.
    static func each(
        of file: String, _ body: (PublishedEntry, [UInt8]) throws -> Void
    ) throws {
        var rest: [UInt8] = []
        try PlatformFiles.pieces(of: file) { piece in
            rest += piece
            var start = 0
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = rest[start..<end]
                guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else {
                    throw Complaint("A line without payload stands among what is published.")
                }
                let entry = try JSON.decode(PublishedEntry.self, from: Array(line[..<tab]))
                try body(entry, Array(line[(tab + 1)...]))
                start = end + 1
            }
            rest.removeFirst(start)
        }
    }
}
