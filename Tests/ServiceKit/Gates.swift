import Runtime
import Synchronization

/// Where requests of a test wait until the test lets them go.
final class Gates: Sendable {
    struct Gate: Sendable {
        let hasCome = Lifecycle()
        let mayGo = Lifecycle()
    }

    private let gates = Mutex<[String: Gate]>([:])

    func gate(_ name: String) -> Gate {
        gates.withLock { gates in
            let gate = gates[name] ?? Gate()
            gates[name] = gate
            return gate
        }
    }
}
