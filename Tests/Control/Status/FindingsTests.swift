import EventTypes
import Runtime
import Testing

@testable import ControlService

@Suite struct FindingsTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func texts(_ change: (inout StatusReport) -> Void) -> [String] {
        var report = StatusReport(at: now)
        change(&report)
        return Findings.of(report).map(\.text)
    }

    private func follower(
        _ kind: StatusReport.Follower.Kind, _ behind: Int64, for seconds: Int64?
    ) -> StatusReport.Follower {
        .init(
            service: "analytics", kind: kind, name: "order-events", source: "order",
            position: 10, end: 10 + behind, behind: behind,
            oldest: seconds.map { now - .seconds($0) })
    }

    @Test func aConsumerIsNamedWithWhatItMissesAndSinceWhen() {
        let texts = texts { $0.followers = [follower(.consumer, 1_204, for: 12)] }
        #expect(
            texts == [
                "analytics is 1,204 events behind order-events of order for 12s; the oldest waits "
                    + "since 2027-01-15T07:59:48.000000Z."
            ])
    }

    @Test func whatHasJustArrivedIsNoFinding() {
        #expect(texts { $0.followers = [follower(.consumer, 40, for: 4)] }.isEmpty)
        #expect(texts { $0.followers = [follower(.publisher, 0, for: nil)] }.isEmpty)
    }

    @Test func whatWaitsForNobodyKnowsHowLongIsSaidAllTheSame() {
        let texts = texts { $0.followers = [follower(.consumer, 1, for: nil)] }
        let text = "analytics is 1 event behind order-events of order; for how long is not known."
        #expect(texts == [text])
    }

    @Test func aSilentDatabaseComesFirst() {
        let texts = texts {
            $0.parked = [
                .init(
                    service: "wallet", id: "cashback/conversion-1", events: 4,
                    reason: "no account", since: now)
            ]
            $0.unanswered = [.init(question: "the broker", reason: "no answer within 1500 ms")]
        }
        #expect(texts.count == 2)
        #expect(texts.first == "The broker does not answer: no answer within 1500 ms.")
        #expect(texts.last?.contains("souk parked show wallet cashback/conversion-1") == true)
    }

    @Test func aReasonThatIsASentenceEndsWithOneStop() {
        let texts = texts {
            $0.unanswered = [.init(question: "PostgreSQL", reason: "It did not answer in time.")]
        }
        #expect(texts == ["PostgreSQL does not answer: It did not answer in time."])
    }

    @Test func aHaltedProcessIsTold() {
        let program = StatusReport.Program(name: "wallet", pid: 7, state: .halted)
        #expect(texts { $0.programs = [program] }.first?.contains("kill -CONT 7") == true)
    }

    @Test func whoBlocksWhomIsSaidWithTheAgeOfTheTransaction() {
        func session(_ pid: Int32, _ name: String, _ age: Double) -> StatusReport.Block.Session {
            .init(pid: pid, name: name, state: "idle in transaction", age: age, query: "update a")
        }
        let long = StatusReport.Block(
            waiting: session(2, "wallet", 9), waited: 8, holder: session(1, "psql", 42))
        let short = StatusReport.Block(
            waiting: session(3, "order", 0), waited: 0.2, holder: session(1, "psql", 42))
        let texts = texts { $0.blocked = [long, short] }
        #expect(texts.count == 1)
        #expect(
            texts.first?.contains(
                "psql (PostgreSQL process 1, idle in transaction, its transaction open for 42s) "
                    + "blocks wallet (process 2) for 8s") == true)
    }

    @Test func sessionsOfOneServiceThatWaitForTheSameAreOneFinding() {
        func block(_ pid: Int32, _ waited: Double) -> StatusReport.Block {
            .init(
                waiting: .init(pid: pid, name: "wallet", state: "active", age: 0, query: "q"),
                waited: waited,
                holder: .init(pid: 1, name: "psql", state: "active", age: 9, query: ""))
        }
        let texts = texts { $0.blocked = [block(2, 3), block(3, 7), block(4, 5)] }
        #expect(texts.count == 1)
        #expect(texts.first?.contains("blocks 3 sessions of wallet for 7s. Waiting: q") == true)
    }

    @Test(arguments: [(50 << 30, false), (3 << 30, false), (1 << 30, true)])
    func aDiskIsLowByShareAndBytes(free: Int, isLow: Bool) {
        let texts = texts { $0.disks = [.init(place: "/data", free: free, size: 100 << 30)] }
        #expect(texts.isEmpty != isLow)
    }

    @Test func theRestIsNamedToo() {
        let texts = texts {
            $0.stuck = [
                .init(
                    service: "order", process: "checkout", id: "c1", step: "capture",
                    reason: "refused", since: now)
            ]
            $0.timers = [
                .init(
                    service: "order", kind: "checkout", overdue: 2, attempts: 3,
                    oldest: now - .seconds(90))
            ]
            $0.breakers = [
                .init(service: "wallet", replica: 1, state: "open"),
                .init(service: "user", replica: 0, state: "half_open"),
            ]
            $0.programs = [
                .init(name: "cms", state: .running, ready: true, lag: 0.8),
                .init(
                    name: "user", state: .running, ready: false, fault: "database does not answer"),
            ]
        }
        #expect(texts.count == 5)
        #expect(texts[0] == "user is not ready: database does not answer.")
        #expect(texts[1].contains("checkout c1 is stuck at capture"))
        #expect(texts[2].contains("2 timers of the kind checkout overdue, the latest by 1m30s"))
        #expect(texts[3].contains("circuit breaker of wallet (replica 1) is open"))
        #expect(texts[4].contains("800 ms"))
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-1_000, "-1,000"),
    ])
    func thousandsAreGrouped(number: Int64, text: String) {
        #expect(Findings.grouped(number) == text)
    }
}
