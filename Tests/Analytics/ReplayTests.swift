import EventStore
import EventTypes
import JSON
import TestSupport
import Testing

@testable import AnalyticsService

@Suite struct ReplayTests {
    private func replayed(
        _ events: [ReceivedEvent], startsMidway: Bool = false
    ) -> TopicReplay {
        var replay = TopicReplay(startsMidway: startsMidway)
        for event in events { replay.add(event) }
        replay.finish()
        return replay
    }

    @Test func orderAndRepeatsChangeNothing() throws {
        let events = try Story().received()
        let straight = replayed(events)
        #expect(straight.gaps.isEmpty && straight.repeats == 0)
        #expect(straight.events == events.count)
        for seed in 1...5 as ClosedRange<UInt64> {
            var random = SeededRandom(seed)
            let shuffled = (events + events.shuffled(using: &random).prefix(20)).shuffled(
                using: &random)
            let replay = replayed(shuffled)
            #expect(replay.journey == straight.journey)
            #expect(replay.gaps.isEmpty && replay.repeats == 20)
        }
    }

    @Test func whatIsMissingIsSaid() throws {
        let events = try Story().received()
        let lost = try #require(
            events.first { event in
                event.topic == .cashbackEvents && event.slotSequence == 1
                    && events.contains {
                        $0.topic == event.topic && $0.slot == event.slot && $0.slotSequence == 2
                    }
            })
        let replay = replayed(events.filter { $0.id != lost.id })
        #expect(replay.gaps.map(\.numbers) == [1...1])
        #expect(replay.events == events.count - 1)
        let faults = ReplayCommand.remarks(on: replay).faults
        #expect(
            faults.first
                == "cashback-events lacks an event of cashback (number 1 of slot \(lost.slot)).")
        #expect(faults.last?.contains("too low") == true)
    }

    @Test func aTopicThatIsNotThereIsAFault() {
        var replay = TopicReplay()
        replay.miss("user-events")
        let faults = ReplayCommand.remarks(on: replay).faults
        #expect(faults.first == "There is no topic user-events at these brokers.")
    }

    @Test func readingFromATimeTakesTheFirstNumberForTheStart() throws {
        let events = try Story().received().filter { $0.slotSequence > 1 }
        #expect(replayed(events, startsMidway: true).gaps.isEmpty)
        #expect(!replayed(events).gaps.isEmpty)
    }

    @Test func whatCannotBeReadIsAFaultAndWhatIsNotKnownIsNot() throws {
        var events = try Story().received()
        let first = try #require(events.first)
        func like(_ event: ReceivedEvent, _ type: EventType, _ payload: String) -> ReceivedEvent {
            ReceivedEvent(
                source: event.source, topic: event.topic, type: type, id: event.id,
                stream: event.stream, streamVersion: event.streamVersion,
                position: event.position, slot: event.slot, slotSequence: event.slotSequence,
                time: event.time, correlationID: event.correlationID, payload: Array(payload.utf8))
        }
        events[0] = like(first, EventType("catalog.shop_painted"), "{}")
        let unknown = replayed(events)
        #expect(unknown.unknown == ["catalog.shop_painted, version 1": 1])
        #expect(ReplayCommand.remarks(on: unknown).faults.isEmpty)
        events[0] = like(first, first.type, "{}")
        #expect(ReplayCommand.remarks(on: replayed(events)).faults.count == 1)
    }

    @Test func argumentsAreReadInBothForms() throws {
        var expected = ReplayArguments(report: .revenue)
        expected.window = ReportWindow(from: Story.day(0), to: Story.day(31))
        expected.format = .csv
        #expect(
            try ReplayArguments([
                "--report", "revenue", "--from=2026-01-01", "--to", "2026-02-01T00:00:00Z",
                "--format=csv",
            ]) == expected)
    }

    @Test(arguments: [
        ([], "Say which report: --report revenue|funnel|rfm|ledger."),
        (["--report"], "--report needs a value."),
        (["--report", "weather"], "`weather` is none of the choices"),
        (["--report", "rfm", "--report", "rfm"], "--report is given twice."),
        (["--report", "rfm", "--sort", "up"], "There is no option --sort of replay."),
        (["revenue"], "`revenue` is not expected"),
        (["--report", "rfm", "--from", "yesterday"], "--from must be a date or a time"),
        (
            ["--report", "rfm", "--from", "2026-02-01", "--to", "2026-01-01"],
            "--from must be before"
        ),
        (["--report", "ledger", "--to", "2026-01-01T12:00:00Z"], "The ledger is kept by day"),
    ])
    func aWrongArgumentIsOneSentence(arguments: [String], sentence: String) {
        #expect {
            try ReplayArguments(arguments)
        } throws: { error in
            (error as? ReplayArguments.Fault)?.sentence.hasPrefix(sentence) == true
        }
    }
}
