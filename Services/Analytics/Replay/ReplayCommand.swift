internal import Bus
internal import EventTypes
internal import Runtime
internal import ServiceKit

/// `analytics replay`: a report straight from the topics.
enum ReplayCommand {
    /// How many sentences about one kind of fault are written.
    static let sentenceLimit = 20

    static func subcommand(_ context: ServiceContext) -> Subcommand {
        Subcommand(
            "replay", usage: "--report REPORT [--from TIME] [--to TIME] [--format FORMAT]",
            summary: "Make a report from the topics themselves; `replay --help` says more.",
            help: help, needsDatabase: false
        ) { arguments in await run(arguments, context) }
    }

    static let help = """
        analytics replay: make a report from the topics themselves.

        It reads user-, catalog-, cashback-, wallet-, order-, notification- and cms-events from
        their beginning to where they end now, folds them in memory, and prints the report on
        standard output. It belongs to no consumer group and writes nothing, so no consumer
        notices. The numbers are those of GET /api/v1/analytics/reports/{report}: a difference
        means that events were lost on the way.

        Usage:
          analytics replay --report REPORT [--from TIME] [--to TIME] [--format FORMAT]

        Options:
          --report   revenue  what shops sold and what it earned customers, by day and shop
                     funnel   how many clicks led to a sale, an approved one, credited cashback
                     rfm      customers by how recently, how often and for how much they bought
                     ledger   what was added to and taken from the accounts of each purpose
          --from     the first instant that counts; everything before it when not given
          --to       the first instant that does not count any more
                     Both are dates (2026-01-31, midnight in UTC) or times of RFC 3339, and mean
                     when it happened: the sale, the click, the posting. The ledger is kept by day.
          --format   table (the default), csv, json or svg
          --since    start reading at records of this time instead of at the beginning. Faster, but
                     what happened earlier is not known: clicks, names of shops, earlier sales.

        Examples:
          analytics replay --report revenue --from 2026-01-01 --to 2026-02-01
          analytics replay --report funnel --format svg > funnel.svg
          analytics replay --report ledger --format csv | column -s, -t

        Progress and remarks go to standard error. The exit status is 0; 1 when a topic is not
        there, events are missing in it or cannot be read (the report is printed all the same); 64
        for a wrong command line; 69 when no broker answers. KAFKA_BOOTSTRAP_SERVERS says where
        the brokers are.

        """

    static func run(_ words: [String], _ context: ServiceContext) async -> Int32 {
        let arguments: ReplayArguments
        do {
            arguments = try ReplayArguments(words)
        } catch {
            say("\(error.sentence)\nTry: analytics replay --help")
            return 64
        }
        do {
            let replay = try await read(arguments, context)
            Terminal.write(
                try arguments.format.text(
                    arguments.report.table(replay.journey, arguments.window), arguments.report,
                    arguments.window))
            let remarks = remarks(on: replay)
            for remark in remarks.passing + remarks.faults { say(remark) }
            return remarks.faults.isEmpty ? 0 : 1
        } catch {
            say("The topics cannot be read: \(error)")
            return (error as? BusError)?.code == .unreachable ? 69 : 1
        }
    }

    /// Reads one topic after the other, as far as each goes now.
    static func read(
        _ arguments: ReplayArguments, _ context: ServiceContext
    ) async throws -> TopicReplay {
        let reader = try BusReader(
            try BusKeys.bus(context.configuration, clientID: "analytics-replay"),
            loop: context.loop, logger: context.logger)
        var replay = TopicReplay(startsMidway: arguments.since != nil)
        for topic in PlatformFacts.topics.map(\.rawValue) {
            let progress = TerminalProgress(total: nil, label: "replay \(topic)")
            defer { progress.finish() }
            let batches = reader.read(
                [topic], from: arguments.since.map { .timestamp($0) } ?? .beginning,
                progress: { progress.set(Int($0.done), of: Int($0.total)) })
            do {
                for try await batch in batches {
                    for record in batch.records { replay.add(record) }
                }
            } catch let error as BusError where error.code == .unknownTopic {
                replay.miss(topic)
            }
        }
        replay.finish()
        return replay
    }

    /// What an operator should know: what may be, and what must not.
    static func remarks(on replay: TopicReplay) -> (passing: [String], faults: [String]) {
        var passing: [String] = []
        if replay.repeats > 0 {
            passing.append("\(replay.repeats) events were there more than once and count once.")
        }
        if replay.foreign > 0 {
            passing.append("\(replay.foreign) records are no events of the platform: left out.")
        }
        for (kind, count) in replay.unknown.sorted(by: { $0.key < $1.key }) {
            passing.append("\(count) events are of a kind that is not known: \(kind). Left out.")
        }
        var faults = replay.absent.map { "There is no topic \($0) at these brokers." }
        faults += limited(replay.gaps.map(\.description), "gaps")
        faults += limited(
            replay.unreadable.map { "An event cannot be read: \($0)." }, "unreadable events")
        if !replay.gaps.isEmpty || !replay.absent.isEmpty {
            faults.append("The report is made of what is there, so its numbers are too low.")
        }
        return (passing, faults)
    }

    private static func limited(_ sentences: [String], _ name: String) -> [String] {
        let rest = sentences.count - sentenceLimit
        return sentences.prefix(sentenceLimit) + (rest > 0 ? ["… and \(rest) more \(name)."] : [])
    }

    private static func say(_ sentence: String) {
        Terminal.write("analytics: \(sentence)\n", to: 2)
    }
}
