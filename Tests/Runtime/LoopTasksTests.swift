import Runtime
import Synchronization
import TestSupport
import Testing

@Suite struct LoopTasksTests {
    @Test func tasksBeginAtOnceAndStayOnTheirLoop() async {
        let loop = EventLoop(name: "tasks")
        defer { loop.stop() }
        let tasks = LoopTasks(loop)
        let places = Mutex<[String]>([])
        await withCheckedContinuation { done in
            loop.submit {
                let task = tasks.start {
                    places.withLock { $0.append(loop.isCurrent ? "loop" : "elsewhere") }
                    await Self.elsewhere(loop, places)
                    places.withLock { $0.append(loop.isCurrent ? "loop" : "elsewhere") }
                    await Self.here(loop, places)
                    done.resume()
                }
                places.withLock { $0.append("begun") }
                _ = task
            }
        }
        #expect(places.withLock { $0 } == ["loop", "begun", "elsewhere", "loop", "loop"])
    }

    private static func here(_ loop: EventLoop, _ places: borrowing Mutex<[String]>) async {
        places.withLock { $0.append(loop.isCurrent ? "loop" : "elsewhere") }
    }

    /// Where what is marked `@concurrent` runs, whatever the task.
    @concurrent private static func elsewhere(
        _ loop: EventLoop, _ places: borrowing Mutex<[String]>
    ) async {
        await loop.turn()
        places.withLock { $0.append(loop.isCurrent ? "loop" : "elsewhere") }
    }
}

extension EventLoop {
    /// Returns once what the loop does now is done.
    fileprivate func turn() async {
        await withCheckedContinuation { continuation in submit { continuation.resume() } }
    }
}
