import Testing

@testable import torture

@Suite struct FaultPlanTests {
    @Test func theSameSeedBreaksTheSameThings() {
        let plan = FaultPlan(seed: 7, minutes: 60, isApache: true)
        #expect(plan == FaultPlan(seed: 7, minutes: 60, isApache: true))
        #expect(plan != FaultPlan(seed: 8, minutes: 60, isApache: true))
        #expect(plan.faults.count > 300)
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func threeMinutesBreakAlmostEveryKind(seed: UInt64) {
        let plan = FaultPlan(seed: seed, minutes: 3, isApache: false)
        let kinds = Set(plan.faults.map(\.kind))
        #expect(kinds.count >= 18)
        #expect(kinds.allSatisfy { !$0.needsApache })
    }

    @Test func everythingIsHealedBeforeTheEnd() {
        for seed in 1...50 as ClosedRange<UInt64> {
            let plan = FaultPlan(seed: seed, minutes: 3, isApache: true)
            for fault in plan.faults {
                #expect(fault.start + fault.duration <= .seconds(180 - 12))
                #expect(!fault.kind.hasService || fault.victim != nil)
            }
            let starts = plan.faults.map(\.startMilliseconds)
            #expect(starts == starts.sorted())
        }
    }

    @Test func whatCannotBeDoneIsLeftOut() {
        let plan = FaultPlan(seed: 1, minutes: 60, isApache: true, excluded: [.diskFull])
        #expect(!plan.faults.contains { $0.kind == .diskFull })
        #expect(plan.faults.contains { $0.kind == .topicDeleted })
    }

    @Test func theLoadSaysWhatItDid() {
        let output = """
            The journey begins.
            The journey is over: 474 requests, 190 commands, 189 answered, 2 given up or refused.
            """
        #expect(
            Journey.parse(output)
                == Journey.Result(requests: 474, commands: 190, answered: 189, givenUp: 2))
        #expect(Journey.parse("The journey begins.") == nil)
    }

    @Test func optionsAreHeldToWhatMakesSense() throws {
        let options = try TortureOptions(["--minutes", "60", "--seed", "9", "--kafka", "apache"])
        #expect(options.minutes == 60 && options.seed == 9 && options.isApache)
        #expect(throws: TortureError.self) { try TortureOptions(["--minutes", "0"]) }
        #expect(throws: TortureError.self) { try TortureOptions(["--kafka", "other"]) }
        #expect(throws: TortureError.self) { try TortureOptions(["--what"]) }
    }
}
