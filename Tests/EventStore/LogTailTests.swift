import Runtime
import Testing

@testable import EventStore

@Suite("The end of a log") struct LogTailTests {
    @Test func `each waits as long as it said, whoever waits longer`() async throws {
        let loop = EventLoop(name: "tail")
        defer { loop.stop() }
        let tail = LogTail(loop: loop)
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                await tail.wait(beyond: 5, atMost: .seconds(3_600))
                return 1
            }
            group.addTask {
                await tail.wait(beyond: 5, atMost: .milliseconds(2))
                return 2
            }
            group.addTask {
                await tail.wait(beyond: 5, atMost: .milliseconds(1))
                return 3
            }
            let first = try await [group.next(), group.next()]
            #expect(Set(first) == [2, 3])
            // Who was given up once waits again, and hears of the log before any time is over.
            group.addTask {
                await tail.wait(beyond: 4, atMost: .seconds(3_600))
                return 4
            }
            tail.advance(to: 5)
            #expect(try await group.next() == 4)
            group.cancelAll()
            #expect(try await group.next() == 1)
        }
    }
}
