import Database
import EventTypes
import Testing

@testable import EventStore

/// The pure parts of publishing and consuming, step by step; Tests/Simulation has them meet.
@Suite struct ProtocolTests {
    // MARK: Publishing

    private func event(_ position: Int64, _ stream: StreamID) -> RecordedEvent {
        RecordedEvent(
            position: position, stream: stream, version: position, type: EventType("test.added"),
            id: EventID(high: 1, low: UInt64(position) << 8),
            recordedAt: Timestamp(seconds: position), payload: [],
            metadata: EventMetadata(correlationID: CorrelationID(high: 1, low: 1)))
    }

    private func published(
        _ position: Int64, _ stream: StreamID = StreamID("tally-a"), parts: Int = 1
    ) -> (RecordedEvent, [Publication]) {
        let event = event(position, stream)
        let publication = Publication(.analyticsEvents, event, AnalyticsEventTracked.example)
        return (event, Array(repeating: publication, count: parts))
    }

    private func delivery(_ offset: Int64) -> PublisherPipeline.Delivery {
        .init(place: .init(topic: .analyticsEvents, partition: 0), offset: offset)
    }

    @Test func theCheckpointStopsAtTheFirstGap() {
        var pipeline = PublisherPipeline(PublisherState(), window: 3)
        let batches = (1...3).map { pipeline.handOut([published($0)]) }
        #expect(batches.map { $0.records.map(\.sequence) } == [[1], [2], [3]])
        #expect(pipeline.next() == .wait)
        pipeline.acknowledge(batches[2].number, [delivery(2)])
        pipeline.acknowledge(batches[1].number, [delivery(1)])
        #expect(pipeline.checkpoint == PublisherState())
        #expect(pipeline.next() == .wait)
        pipeline.acknowledge(batches[0].number, [delivery(0)])
        #expect(pipeline.checkpoint.position == 3)
        #expect(pipeline.next() == .write(pipeline.checkpoint, over: PublisherState()))
        #expect(pipeline.next() == .read(after: 3))
    }

    @Test func anOffsetThatGoesBackTellsOfALostTopic() {
        var pipeline = PublisherPipeline(PublisherState(), window: 2)
        let first = pipeline.handOut([published(1)])
        pipeline.acknowledge(first.number, [delivery(9)])
        // Of a topic that was made anew, and has more records by now than the old one had.
        let second = pipeline.handOut([published(2)])
        let third = pipeline.handOut([published(3)])
        pipeline.acknowledge(second.number, [delivery(0)])
        #expect(pipeline.next() == .wait)
        pipeline.acknowledge(third.number, [delivery(12)])
        #expect(pipeline.next() == .forget)
        pipeline.forgot()
        #expect(pipeline.next() == .read(after: 0))
    }

    @Test func aRefillCountsAnEventOfSeveralPartsFromTheBeginning() throws {
        let log = [published(1), published(2, parts: 2), published(3)]
        let slot = Slot(of: StreamID("tally-a")).number
        func refill(after sequence: Int64, _ position: Int64) throws -> [Int64] {
            let request = RefillRequest(
                source: "shop", topic: .analyticsEvents, slot: slot, sequence: sequence,
                position: position)
            var scan = try #require(RefillScan(request, upTo: 3))
            var found: [NumberedPublication] = []
            while let after = scan.readAfter {
                found += scan.take(Array(log.dropFirst(Int(after)).prefix(2)))
            }
            #expect(found.map(\.event.position) == [1, 2, 2, 3].suffix(found.count))
            return found.map(\.sequence)
        }
        #expect(try refill(after: 0, 0) == [1, 2, 3, 4])
        #expect(try refill(after: 1, 1) == [2, 3, 4])
        #expect(try refill(after: 2, 2) == [3, 4])
        #expect(try refill(after: 3, 2) == [4])
    }

    @Test func whoHasLessThanWasPublishedMissesIt() throws {
        var state = PublisherState()
        let lane = PublisherState.Lane(topic: .analyticsEvents, slot: try #require(Slot(5)))
        #expect(PublishedEnds(of: .analyticsEvents, from: "shop", in: state) == nil)
        state.sequences[lane] = 8
        let ends = try #require(PublishedEnds(of: .analyticsEvents, from: "shop", in: state))
        let mine = InboxLane(source: "shop", topic: .analyticsEvents, slot: 5)
        #expect(ends.missing(at: [mine: SlotPosition(sequence: 8, position: 80)]).isEmpty)
        #expect(ends.missing(at: [mine: SlotPosition(sequence: 9, position: 90)]).isEmpty)
        let losses = ends.missing(at: [mine: SlotPosition(sequence: 6, position: 60)])
        #expect(
            losses == [
                .init(lane: mine, sequence: 6, position: 60, got: 8, until: 8)
            ])
        #expect(ends.missing(at: [:]).map(\.until) == [8])
    }

    // MARK: Consuming

    private func received(
        _ sequence: Int64, from source: String = "shop", _ stream: StreamID = StreamID("tally-a")
    ) -> ReceivedEvent {
        ReceivedEvent(
            source: source, topic: .analyticsEvents, type: EventType("test.added"),
            id: EventID(high: 1, low: UInt64(sequence)), stream: stream, streamVersion: sequence,
            position: sequence * 10, slot: Slot(of: stream).number, slotSequence: sequence,
            time: Timestamp(seconds: 1), correlationID: CorrelationID(high: 1, low: 1),
            payload: [])
    }

    @Test(arguments: [
        DatabaseError(.timeout, "too long"), DatabaseError(.closed, "closed"),
        DatabaseError(.unreachable, "gone"), DatabaseError(.poolExhausted, "none is free"),
        DatabaseError(.server, "no room", sqlState: "53100"),
        DatabaseError(.server, "cancelled", sqlState: "57014"),
        DatabaseError(.server, "read error", sqlState: "58030"),
    ])
    func whatIsNotTheEventsFaultParksNothing(error: DatabaseError) {
        #expect(Inbox.isPassing(error))
    }

    @Test(arguments: [
        DatabaseError(.server, "not a number", sqlState: "22P02"),
        DatabaseError(.server, "not null", sqlState: "23502"),
        DatabaseError(.invalidParameter, "NUL"), DatabaseError(.decoding, "no such column"),
    ])
    func whatIsTheEventsFaultIsParked(error: DatabaseError) {
        #expect(!Inbox.isPassing(error))
    }

    private func treatments(_ action: InboxBatch.Action) -> [InboxUnit.Treatment] {
        guard case .commit(let unit) = action else { return [] }
        return unit.parts.map(\.treatment)
    }

    @Test func whatIsMissingStopsItsLaneAndIsAskedForOnce() {
        var batch = InboxBatch([received(1), received(3), received(4), received(1)])
        let losses = batch.begin(at: [:])
        #expect(losses.map(\.sequence) == [1])
        #expect(losses.map(\.position) == [10])
        #expect(losses.map(\.got) == [3])
        #expect(losses.map(\.until) == [4])
        #expect(batch.repeats.map(\.slotSequence) == [1])
        #expect(treatments(batch.next()) == [.handle])
        batch.committed()
        #expect(batch.next() == .done)
    }

    @Test func eachSourceHasItsOwnParkedStreams() {
        var batch = InboxBatch([received(1), received(1, from: "mall")])
        _ = batch.begin(at: [:])
        #expect(Set(batch.keys).count == 2)
        batch.hold([ParkedKey(source: "mall", stream: "tally-a")])
        #expect(treatments(batch.next()) == [.handle, .queue])
    }

    @Test func anEventThatKeepsFailingIsParkedAndWhatFollowsQueues() {
        var batch = InboxBatch([received(1), received(2)])
        _ = batch.begin(at: [:])
        #expect(treatments(batch.next()) == [.handle, .handle])
        batch.failed(isPassing: false, reason: "no")
        for attempt in 2...3 {
            #expect(treatments(batch.next()) == [.handle])
            batch.failed(isPassing: false, reason: "no")
            #expect(batch.next() == .pause(beforeAttempt: attempt))
        }
        #expect(treatments(batch.next()) == [.handle])
        batch.failed(isPassing: false, reason: "no")
        #expect(treatments(batch.next()) == [.park(reason: "no")])
        batch.committed()
        #expect(treatments(batch.next()) == [.queue])
        batch.failed(isPassing: true, reason: "gone")
        #expect(batch.next() == .again)
    }

    // MARK: Appending

    private func draft(
        _ version: Int64, _ total: Int, epoch: Int? = nil, in stream: StreamID = StreamID("tally-a")
    ) -> UnitDraft {
        let event = NewEvent(
            id: EventID(high: 1, low: UInt64(total)), type: EventType("test.added"), payload: [],
            metadata: EventMetadata(correlationID: CorrelationID(high: 1, low: 1)),
            metadataText: [])
        var draft = UnitDraft()
        draft.streams = [
            StreamDraft(
                id: stream, expected: version, events: [event],
                states: StreamStates(ObjectIdentifier(Tally.self), total), epoch: epoch)
        ]
        return draft
    }

    @Test func nothingIsDecidedOnEventsThatNeverWere() throws {
        let (kind, stream) = (ObjectIdentifier(Tally.self), StreamID("tally-a"))
        var queue = CommitQueue<Int>(limits: CommitLimits())
        queue.open()
        queue.install(kind, of: stream, 0, version: 0)
        // Somebody decides on the events of a unit that fails afterwards.
        let taken = queue.submit(.init(draft: draft(0, 100), answer: 1))
        #expect(taken == nil)
        let first = queue.state(kind, of: stream, as: Int.self)
        let seen = try #require(first)
        #expect(seen.state == 100 && seen.version == 1)
        let failed: UnitOutcome = .claimTaken(scope: "a", key: "b", by: stream)
        let batchTaken = queue.takeBatch()
        let batch = try #require(batchTaken)
        _ = queue.finish(batch, [failed])
        // Another unit brings the stream to the same version, with other events.
        let other = queue.submit(.init(draft: draft(0, 1), answer: 2))
        #expect(other == nil)
        let answer = queue.submit(
            .init(draft: draft(seen.version, 50, epoch: seen.epoch), answer: 3))
        #expect(answer?.label == "moved")
        let last = queue.state(kind, of: stream, as: Int.self)
        let now = try #require(last)
        #expect(now.state == 1)
        let again = queue.submit(
            .init(draft: draft(now.version, 2, epoch: now.epoch), answer: 4))
        #expect(again == nil)
    }

    /// Whatever becomes of a batch, nothing that is sent beside it was decided on it.
    @Test func whatTouchesABatchUnderWayWaits() throws {
        var queue = CommitQueue<Int>(limits: CommitLimits(overlapWeight: 1))
        queue.open()
        var keyed = draft(0, 1, in: StreamID("tally-c"))
        keyed.outcome = OutcomeDraft(
            key: IdempotencyKey(scope: "s", key: "k", fingerprint: [1], lifetime: nil),
            outcome: [], token: EventID(high: 2, low: 1))
        var sameKey = keyed
        sameKey.streams = draft(0, 1, in: StreamID("tally-d")).streams
        var looking = UnitDraft()
        looking.streams = [StreamDraft(id: StreamID("tally-a"), expected: 1)]
        let first = [draft(0, 1), keyed]
        let then = [looking, draft(1, 2), draft(0, 1, in: StreamID("tally-b")), sameKey]
        func submit(_ drafts: [UnitDraft], from number: Int) {
            for (index, draft) in drafts.enumerated() {
                let answer = queue.submit(.init(draft: draft, answer: number + index))
                #expect(answer == nil)
            }
        }
        submit([first[0]], from: 1)
        let oneTaken = queue.takeBatch()
        let one = try #require(oneTaken)
        submit([first[1]], from: 2)
        let twoTaken = queue.takeBatch()
        let two = try #require(twoTaken)
        submit(then, from: 3)
        #expect(one.entries.map(\.answer) == [1] && two.entries.map(\.answer) == [2])
        let none = queue.takeBatch()
        #expect(none == nil, "two are under way")
        _ = queue.finish(two, [.committed(2)])
        let threeTaken = queue.takeBatch()
        let three = try #require(threeTaken)
        #expect(three.entries.map(\.answer) == [5, 6], "3 and 4 rest on what is not committed yet")
        let answers = queue.finish(one, [.failed(EventStoreError.closed)])
        #expect(answers.map(\.0.answer) == [1, 3, 4])
        #expect(queue.isEmpty)
    }

    /// Units on one stream cannot go beside each other, so half of them would only wait.
    @Test func whatRestsOnAHalfGoesAlongWithIt() throws {
        var queue = CommitQueue<Int>(limits: CommitLimits(overlapWeight: 1))
        queue.open()
        func submit(_ drafts: [UnitDraft]) {
            for (index, draft) in drafts.enumerated() {
                let answer = queue.submit(.init(draft: draft, answer: index + 1))
                #expect(answer == nil)
            }
        }
        let (busy, other) = (StreamID("tally-a"), StreamID("tally-b"))
        submit([
            draft(0, 1, in: busy), draft(1, 2, in: busy), draft(2, 3, in: busy),
            draft(0, 1, in: other), draft(3, 4, in: busy), draft(1, 2, in: other),
        ])
        let firstTaken = queue.takeBatch()
        let first = try #require(firstTaken)
        #expect(first.entries.map(\.answer) == [1, 2, 3, 5])
        let secondTaken = queue.takeBatch()
        let second = try #require(secondTaken)
        #expect(second.entries.map(\.answer) == [4, 6], "the order of the others is theirs")
    }

    /// What touches both halves goes with neither before the other.
    @Test func whatRestsOnBothHalvesStaysBehindBoth() throws {
        var queue = CommitQueue<Int>(limits: CommitLimits(overlapWeight: 1))
        queue.open()
        let (one, two) = (StreamID("tally-a"), StreamID("tally-b"))
        var both = draft(1, 2, in: one)
        both.streams += draft(1, 2, in: two).streams
        let drafts = [draft(0, 1, in: one), draft(0, 1, in: two), both, draft(2, 3, in: one)]
        for (index, draft) in drafts.enumerated() {
            let answer = queue.submit(.init(draft: draft, answer: index + 1))
            #expect(answer == nil)
        }
        var taken: [[Int]] = []
        var position: Int64 = 0
        while let batch = queue.takeBatch() {
            taken.append(batch.entries.map(\.answer))
            let outcomes = batch.entries.map { _ in
                position += 1
                return UnitOutcome.committed(position)
            }
            _ = queue.finish(batch, outcomes)
        }
        #expect(taken.flatMap { $0 } == [1, 2, 3, 4])
    }

    /// As an inbox has them: few units of hundreds of events.
    @Test func unitsAreHalvedByWhatTheyWeigh() throws {
        var queue = CommitQueue<Int>(limits: CommitLimits())
        queue.open()
        for number in 0..<7 {
            var heavy = draft(0, 1, in: StreamID("tally-\(number)"))
            let events = Array(
                repeating: heavy.streams[0].events[0], count: number == 0 ? 800 : 200)
            heavy.streams[0].events = events
            let answer = queue.submit(.init(draft: heavy, answer: number))
            #expect(answer == nil)
        }
        let halves = [queue.takeBatch(), queue.takeBatch()]
        #expect(halves.map { $0?.entries.map(\.answer) } == [[0, 1], [2, 3, 4, 5, 6]])
    }

    /// Forty callers of which ten are out of step: once the thirty are answered, all are halved.
    @Test func halvesThatHaveComeApartAreMadeEvenAgain() throws {
        var queue = CommitQueue<Int>(limits: CommitLimits())
        queue.open()
        var version: [Int: Int64] = [:]
        func submit(_ callers: Range<Int>) {
            for caller in callers {
                let answer = queue.submit(
                    .init(
                        draft: draft(
                            version[caller, default: 0], 1, in: StreamID("tally-\(caller)")),
                        answer: caller))
                #expect(answer == nil)
                version[caller, default: 0] += 1
            }
        }
        func finish(_ batch: CommitQueue<Int>.Batch?) throws -> CommitQueue<Int>.Batch {
            let batch = try #require(batch)
            _ = queue.finish(batch, batch.entries.map { _ in .committed(1) })
            return batch
        }
        submit(0..<10)
        let few = queue.takeBatch()
        submit(10..<40)
        let many = queue.takeBatch()
        #expect(many?.entries.count == 30)
        let fewDone = try finish(few)
        #expect(!queue.isLopsided(after: fewDone), "the many are under way")
        submit(0..<10)
        let none = queue.takeBatch()
        #expect(none == nil, "not much beside the many")
        let manyDone = try finish(many)
        #expect(queue.isLopsided(after: manyDone), "the few would be alone again")
        submit(10..<40)
        let halves = [queue.takeBatch(), queue.takeBatch()]
        #expect(halves.map { $0?.entries.count } == [20, 20])
        let firstDone = try finish(halves[0])
        #expect(!queue.isLopsided(after: firstDone))
    }

    /// Each half is a transaction of its own: where those are slow, all goes in one.
    @Test(arguments: [(Duration.microseconds(300), 16), (.milliseconds(4), 32)])
    func aSlowDiskIsGivenLargerBatches(took: Duration, size: Int) throws {
        var queue = CommitQueue<Int>(limits: CommitLimits())
        queue.open()
        func submit(_ numbers: Range<Int>) {
            for number in numbers {
                let answer = queue.submit(
                    .init(draft: draft(0, 1, in: StreamID("tally-\(number)")), answer: number))
                #expect(answer == nil)
            }
        }
        for number in 0..<50 {
            submit(number..<number + 1)
            let taken = queue.takeBatch()
            _ = queue.finish(try #require(taken), [.committed(Int64(number))], took: took)
        }
        submit(100..<132)
        let first = queue.takeBatch()
        #expect(first?.entries.count == size)
        let second = queue.takeBatch()
        #expect((second?.entries.count ?? 0) == 32 - size)
    }
}
