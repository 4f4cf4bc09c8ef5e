import EventStore
import EventTypes
import Runtime
import Synchronization
import TestSupport
import Testing

/// What every event store promises, run over each of them.
@Suite struct ContractTests {
    static func context(_ key: String? = nil, print: String = "a") -> CommandContext {
        CommandContext(
            correlationID: SequentialIdentifiers.identifier(7), actor: "user-1",
            idempotency: key.map {
                IdempotencyKey(scope: "test", key: $0, fingerprint: Array(print.utf8))
            })
    }

    static func add(
        _ amount: Int, to key: String, _ store: any EventStore, _ idempotency: String? = nil
    ) async throws -> Committed<Int> {
        try await store.commit(context(idempotency)) { unit in
            try await unit.decide(Tally.self, key, .add(amount))
            return try await unit.load(Tally.self, key).total
        }
    }

    @Test(arguments: StoreKind.all)
    func positionsAndVersionsCountFromOne(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            #expect(try await store.head() == 0)
            let first = try await Self.add(5, to: "a", store)
            let second = try await Self.add(6, to: "b", store)
            let third = try await Self.add(7, to: "a", store)
            #expect([first.position, second.position, third.position] == [1, 2, 3])
            #expect(third.result == 12)
            #expect(try await store.head() == 3)

            let log = try await store.readAll(after: 0, limit: 10)
            #expect(log.map(\.position) == [1, 2, 3])
            #expect(log.map(\.stream.name) == ["tally-a", "tally-b", "tally-a"])
            #expect(log.map(\.version) == [1, 1, 2])
            #expect(log.map(\.recordedAt) == log.map(\.recordedAt).sorted())
            #expect(log[0].metadata.actor == "user-1")
            #expect(try log[0].decode(TallyEvent.self) == .added(TallyAdded(amount: 5)))
            #expect(try log[0].payload(TallyTaken.self) == nil)

            let rest = try await store.read(StreamID("tally-a"), after: 1, limit: 10)
            #expect(rest.map(\.position) == [3])
            #expect(try await store.readAll(after: 1, limit: 1).map(\.position) == [2])
        }
    }

    @Test(arguments: StoreKind.all)
    func aUnitOfSeveralStreamsIsCommittedAsOne(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            _ = try await Self.add(5, to: "a", store)
            let moved = try await store.commit(Self.context()) { unit in
                try await unit.decide(Tally.self, "a", .take(3))
                #expect(unit.version(of: StreamID("tally-a")) == 2)
                #expect(unit.version(of: StreamID("tally-b")) == 0)
                try await unit.decide(Tally.self, "b", .add(3))
                try await unit.append(Tally.self, "b", [.added(TallyAdded(amount: 1))])
                return try await unit.load(Tally.self, "b").total
            }
            #expect(moved.result == 4)
            #expect(moved.position == 4)
            #expect(try await store.load(Tally.self, "a").state.total == 2)
            let (state, version) = try await store.load(Tally.self, "b")
            #expect(state.total == 4 && version == 2)
        }
    }

    @Test(arguments: StoreKind.all)
    func aStreamBeginsOnce(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            @Sendable func begin() async throws -> Int {
                try await store.commit(Self.context()) { unit in
                    try unit.begin(Tally.self, "new")
                    try await unit.decide(Tally.self, "new", .add(2))
                    return try await unit.load(Tally.self, "new").total
                }.result
            }
            #expect(try await begin() == 2)
            #expect(try await Self.add(3, to: "new", store).result == 5)
            // Who is wrong about it changes nothing, and is told.
            await #expect(throws: EventStoreError.self) { try await begin() }
            #expect(try await store.load(Tally.self, "new").state.total == 5)
        }
    }

    @Test(arguments: StoreKind.all)
    func aRefusalLeavesNothing(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            await #expect(throws: Tally.Refusal.tooLittle(has: 0)) {
                try await store.commit(Self.context("k")) { unit in
                    try await unit.decide(Tally.self, "b", .add(1))
                    unit.claim("name", "x", by: StreamID("tally-b"))
                    try await unit.decide(Tally.self, "a", .take(1))
                }
            }
            #expect(try await store.head() == 0)
            #expect(try await store.claimant("name", "x") == nil)
            // The key of a refused command is still free.
            #expect(try await Self.add(1, to: "a", store, "k").isRepeat == false)
        }
    }

    @Test(arguments: StoreKind.all)
    func aRepeatReturnsTheFirstResultAndDoesNothing(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let first = try await Self.add(5, to: "a", store, "k")
            let again = try await Self.add(5, to: "a", store, "k")
            #expect(!first.isRepeat && again.isRepeat)
            #expect(again.result == 5 && again.position == 1)
            #expect(try await store.head() == 1)
            // A repeat whose rules refuse it now is a repeat all the same.
            let taken = try await store.commit(Self.context("t")) { unit in
                try await unit.decide(Tally.self, "a", .take(5)).count
            }
            let repeated = try await store.commit(Self.context("t")) { unit in
                try await unit.decide(Tally.self, "a", .take(5)).count
            }
            #expect(taken.result == 1 && repeated.result == 1 && repeated.isRepeat)
            await #expect(throws: EventStoreError.idempotencyMismatch) {
                try await store.commit(Self.context("k", print: "other")) { _ in 1 }
            }
        }
    }

    @Test(arguments: StoreKind.all)
    func aCommandIdentifierMakesARepeatToo(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let context = CommandContext(
                correlationID: SequentialIdentifiers.identifier(7),
                commandID: SequentialIdentifiers.identifier(9))
            for turn in 0..<3 {
                let done = try await store.commit(context) { unit in
                    try await unit.decide(Tally.self, "a", .add(1))
                }
                #expect(done.isRepeat == (turn > 0))
            }
            #expect(try await store.head() == 1)
        }
    }

    @Test(arguments: StoreKind.all)
    func aClaimBelongsToOneStreamUntilItIsReleased(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let (a, b) = (StreamID("tally-a"), StreamID("tally-b"))
            try await store.commit(Self.context()) { $0.claim("name", "x", by: a) }
            try await store.commit(Self.context()) { $0.claim("name", "x", by: a) }
            #expect(try await store.claimant("name", "x") == a)
            await #expect(
                throws: EventStoreError.claimTaken(scope: "name", key: "x", by: a)
            ) {
                try await store.commit(Self.context()) { unit in
                    try await unit.decide(Tally.self, "b", .add(1))
                    unit.claim("name", "y", by: b)
                    unit.claim("name", "x", by: b)
                }
            }
            #expect(try await store.claimant("name", "y") == nil)
            try await store.commit(Self.context()) { $0.release("name", "x", by: b) }
            #expect(try await store.claimant("name", "x") == a)
            try await store.commit(Self.context()) { $0.release("name", "x", by: a) }
            try await store.commit(Self.context()) { $0.claim("name", "x", by: b) }
            #expect(try await store.claimant("name", "x") == b)
            #expect(try await store.head() == 0)
        }
    }

    @Test(arguments: StoreKind.all)
    func anExpectedVersionIsHeldTo(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let a = StreamID("tally-a")
            _ = try await Self.add(1, to: "a", store)
            try await store.commit(Self.context()) { unit in
                unit.expect(a, version: 1)
                try await unit.decide(Tally.self, "a", .add(1))
            }
            for loads in [true, false] {
                await #expect(
                    throws: EventStoreError.expectedVersion(a, expected: 1, actual: 2)
                ) {
                    try await store.commit(Self.context()) { unit in
                        unit.expect(a, version: 1)
                        try await unit.decide(Tally.self, loads ? "a" : "b", .add(1))
                    }
                }
            }
            #expect(try await store.head() == 2)
        }
    }

    @Test(arguments: StoreKind.all)
    func commandsOnOneStreamAllTakeEffectOnce(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let totals = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await Self.add(1, to: "hot", store).result }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(totals.sorted() == Array(1...100))
            let (state, version) = try await store.load(Tally.self, "hot")
            #expect(state.total == 100 && version == 100)
            let log = try await store.readAll(after: 0, limit: 1_000)
            #expect(log.map(\.position) == Array(1...100))
            #expect(log.map(\.version) == Array(1...100))
        }
    }

    @Test(arguments: StoreKind.all)
    func whatIsTakenIsNeverMoreThanThereIs(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            _ = try await Self.add(30, to: "hot", store)
            let taken = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<60 {
                    group.addTask {
                        do {
                            try await store.commit(Self.context()) { unit in
                                try await unit.decide(Tally.self, "hot", .take(1))
                            }
                            return true
                        } catch {
                            #expect(error as? Tally.Refusal == .tooLittle(has: 0))
                            return false
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(taken == 30)
            #expect(try await store.load(Tally.self, "hot").state.total == 0)
        }
    }

    @Test(arguments: StoreKind.all)
    func oneOfManyClaimersWins(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let winners = await withTaskGroup(of: Int?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let stream = StreamID("tally-\(number)")
                        do {
                            try await store.commit(Self.context()) { unit in
                                try await unit.decide(Tally.self, number, .add(1))
                                unit.claim("email", "same", by: stream)
                            }
                            return number
                        } catch {
                            guard case EventStoreError.claimTaken = error else {
                                Issue.record(error)
                                return nil
                            }
                            return nil
                        }
                    }
                }
                return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
            }
            #expect(winners.count == 1)
            #expect(try await store.head() == 1)
            #expect(
                try await store.claimant("email", "same")?.name == "tally-\(winners.first ?? -1)")
        }
    }

    @Test(arguments: StoreKind.all)
    func unitsFromOutsideTheirLimitsAreRefused(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            await #expect(throws: EventStoreError.self) {
                try await store.commit(Self.context()) { unit in
                    let name = String(repeating: "x", count: 300)
                    try await unit.decide(Tally.self, name, .add(1))
                }
            }
            #expect(try await store.head() == 0)
        }
    }
}
