internal import JSON
internal import Synchronization

/// Whether a service should get requests: nothing that it needs is missing, and it is not stopping.
final class Readiness: Sendable {
    /// How long all checks together may take.
    static let timeout: Duration = .seconds(2)

    /// One thing that the service cannot do without.
    struct Check: Sendable {
        let name: String
        /// - Returns: what is wrong; nil when nothing is.
        let fault: @Sendable () async -> String?
    }

    private struct State {
        var checks: [Check] = []
        var isDraining = false
    }

    private let state = Mutex(State())

    func add(_ name: String, _ fault: @escaping @Sendable () async -> String?) {
        state.withLock { $0.checks.append(Check(name: name, fault: fault)) }
    }

    /// From now on the service says that it is not ready, while it still answers.
    func drain() { state.withLock { $0.isDraining = true } }

    /// - Returns: for each check `nil` or what is wrong.
    func report() async -> [(name: String, fault: String?)] {
        let (checks, isDraining) = state.withLock { ($0.checks, $0.isDraining) }
        var report: [(name: String, fault: String?)] = []
        if isDraining { report.append(("shutdown", "the service is stopping")) }
        for check in checks { report.append((check.name, await check.fault())) }
        return report
    }
}
