internal import Glibc
internal import Runtime

/// One program under supervision.
struct SupervisedProgram: Sendable {
    let process: ProcessSpecification
    /// Programs stop from the highest stage down, those of one stage together.
    let stage: Int
    /// What asks it to stop in good order.
    var stopSignal: Int32 = SIGTERM
}

/// Keeps programs running: restarts what dies, with growing pauses while it keeps dying, and stops
/// all of them stage by stage. Confined to its loop.
final class Supervisor: @unchecked Sendable {
    // Safety of `@unchecked`: every method runs on the loop's thread, which each checks.

    static let firstPause: Duration = .milliseconds(100)
    static let longestPause: Duration = .seconds(5)
    /// A program that ran this long starts again with the first pause.
    static let steadyAfter: Duration = .seconds(10)

    /// What the operator should hear about.
    enum Notice: Sendable, Equatable {
        case line(program: String, text: String)
        case started(program: String, pid: Int32)
        case ended(program: String, how: String, restartIn: Duration?)
        case failed(program: String, reason: String)
    }

    private final class Entry {
        let program: SupervisedProgram
        var child: ChildProcess?
        var startedAt: ContinuousClock.Instant?
        var pause = Supervisor.firstPause
        var timer: LoopTimer?

        init(_ program: SupervisedProgram) { self.program = program }
    }

    private let loop: EventLoop
    private let notify: (Notice) -> Void
    private var entries: [Entry] = []
    private var isStopping = false
    private var stageWaiter: CheckedContinuation<Void, Never>?

    init(on loop: EventLoop, notify: @escaping (Notice) -> Void) {
        self.loop = loop
        self.notify = notify
    }

    /// The programs and their process identifiers; nil for one that waits to be started again.
    var processes: [(name: String, pid: Int32?)] {
        loop.preconditionCurrent()
        return entries.map { ($0.program.process.name, $0.child?.pid) }
    }

    /// Starts a program and keeps it running until `stopAll`.
    func start(_ program: SupervisedProgram) {
        loop.preconditionCurrent()
        guard !isStopping else { return }
        let entry = Entry(program)
        entries.append(entry)
        launch(entry)
    }

    private func launch(_ entry: Entry) {
        guard !isStopping else { return }
        let name = entry.program.process.name
        do {
            let child = try ChildProcess.start(
                entry.program.process, on: loop,
                onLine: { [notify] in notify(.line(program: name, text: $0)) },
                onExit: { [weak self, weak entry] exit in
                    if let self, let entry { ended(entry, exit) }
                })
            entry.child = child
            entry.startedAt = .now
            notify(.started(program: name, pid: child.pid))
        } catch {
            notify(.failed(program: name, reason: "\(error)"))
            startAgainLater(entry)
        }
    }

    private func ended(_ entry: Entry, _ exit: ChildProcess.Exit) {
        entry.child = nil
        let how =
            switch exit {
            case .code(let code): "exit status \(code)"
            case .signal(let number): "signal \(number)"
            }
        let name = entry.program.process.name
        if isStopping {
            notify(.ended(program: name, how: how, restartIn: nil))
            resumeIfStageEnded()
            return
        }
        if let startedAt = entry.startedAt, startedAt.duration(to: .now) > Self.steadyAfter {
            entry.pause = Self.firstPause
        }
        notify(.ended(program: name, how: how, restartIn: entry.pause))
        startAgainLater(entry)
    }

    private func startAgainLater(_ entry: Entry) {
        let timer = LoopTimer(on: loop) { [weak self, weak entry] in
            guard let self, let entry else { return }
            entry.timer = nil
            launch(entry)
        }
        entry.timer = timer
        timer.start(after: entry.pause)
        entry.pause = min(entry.pause * 2, Self.longestPause)
    }

    // MARK: Stopping

    private var stoppingStage = Int.max

    /// Stops everything, highest stage first, and returns when all programs have ended. Whatever
    /// still runs after `deadline` is killed.
    func stopAll(within deadline: Duration) async {
        loop.preconditionCurrent()
        isStopping = true
        for entry in entries {
            entry.timer?.cancel()
            entry.timer = nil
        }
        let killer = LoopTimer(on: loop) { [weak self] in self?.killAll() }
        killer.start(after: deadline)
        for stage in Set(entries.map(\.program.stage)).sorted(by: >) {
            stoppingStage = stage
            let running = entries.filter { $0.program.stage == stage && $0.child != nil }
            if running.isEmpty { continue }
            await withCheckedContinuation { continuation in
                stageWaiter = continuation
                for entry in running { entry.child?.signal(entry.program.stopSignal) }
            }
        }
        killer.cancel()
    }

    /// Kills whatever still runs.
    func killAll() {
        loop.preconditionCurrent()
        for entry in entries { entry.child?.signal(SIGKILL) }
    }

    private func resumeIfStageEnded() {
        let stillRuns = entries.contains {
            $0.program.stage == stoppingStage && $0.child != nil
        }
        if stillRuns { return }
        stageWaiter?.resume()
        stageWaiter = nil
    }
}
