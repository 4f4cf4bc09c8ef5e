import Runtime
import Synchronization
import Testing

@testable import ControlService

@Suite struct SupervisorTests {
    private func program(_ name: String, stage: Int, _ script: String) -> SupervisedProgram {
        SupervisedProgram(
            process: ProcessSpecification(
                name: name, arguments: ["/bin/sh", "-c", script], environment: ["PATH": "/bin"]),
            stage: stage)
    }

    /// Starts the programs, stops all once `isDone` says so of a notice, and gives every notice.
    private func supervise(
        _ programs: [SupervisedProgram],
        until isDone: @escaping @Sendable ([Supervisor.Notice]) -> Bool
    ) async -> [Supervisor.Notice] {
        let loop = EventLoop(name: "supervisor")
        defer { loop.stop() }
        let notices = Mutex<[Supervisor.Notice]>([])
        let (done, signal) = AsyncStream.makeStream(of: Void.self)
        let supervisor = Supervisor(on: loop) { notice in
            let all = notices.withLock {
                $0.append(notice)
                return $0
            }
            if isDone(all) { signal.finish() }
        }
        await Task(executorPreference: loop) {
            for program in programs { supervisor.start(program) }
            for await _ in done {}
        }.value
        await Task(executorPreference: loop) {
            await supervisor.stopAll(within: .seconds(5))
        }.value
        return notices.withLock { $0 }
    }

    private static func starts(_ name: String, _ notices: [Supervisor.Notice]) -> Int {
        notices.count {
            if case .started(name, _) = $0 { true } else { false }
        }
    }

    @Test func whatDiesIsStartedAgain() async {
        let notices = await supervise([program("dies", stage: 0, "exit 7")]) {
            Self.starts("dies", $0) >= 3
        }
        #expect(
            notices.contains(
                .ended(program: "dies", how: "exit status 7", restartIn: .milliseconds(200))))
    }

    @Test func oneThatIsLetGoWhileItsProgramsSpeakHarmsNobody() async {
        let loop = EventLoop(name: "supervisor")
        defer { loop.stop() }
        let chatter = program(
            "chatter", stage: 0, "i=0; while [ $i -lt 200 ]; do echo; i=$((i+1)); done")
        for _ in 0..<20 {
            let (heard, signal) = AsyncStream.makeStream(of: Void.self)
            let supervisor = Supervisor(on: loop) { _ in signal.finish() }
            await Task(executorPreference: loop) { supervisor.start(chatter) }.value
            for await _ in heard {}
        }
    }

    @Test func stagesStopFromTheHighestDown() async {
        let wait = "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; done"
        let notices = await supervise([
            program("low", stage: 0, wait), program("high", stage: 1, wait),
        ]) { all in
            all.contains(.line(program: "low", text: "up"))
                && all.contains(.line(program: "high", text: "up"))
        }
        let low = notices.firstIndex(of: .line(program: "low", text: "bye"))
        let high = notices.firstIndex(
            of: .ended(program: "high", how: "exit status 0", restartIn: nil))
        #expect(low != nil && high != nil)
        if let low, let high { #expect(high < low) }
    }
}
