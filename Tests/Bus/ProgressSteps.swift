import Bus
import Synchronization

/// What a reading said about how far it is.
final class ProgressSteps: Sendable {
    struct Step: Equatable {
        let done: Int64
        let total: Int64

        init(_ progress: BusReader.Progress) {
            done = progress.done
            total = progress.total
        }

        init(_ step: Step, done: Int64) {
            self.done = done
            total = step.total
        }
    }

    private let steps = Mutex<[Step]>([])

    var all: [Step] { steps.withLock { $0 } }

    func add(_ progress: BusReader.Progress) { steps.withLock { $0.append(Step(progress)) } }
}
