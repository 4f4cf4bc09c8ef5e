import Glibc
import Runtime

/// Breaks one thing, waits, and heals it.
struct FaultInjector: Sendable {
    let platform: Platform
    let broker: Broker

    private var place: Workplace { platform.place }

    /// Kinds that cannot be done on this machine, each with the reason.
    static func excluded(_ place: Workplace) -> [FaultKind: String] {
        var excluded: [FaultKind: String] = [:]
        if !place.hasDisk {
            excluded[.diskFull] = "no file system can be mounted here"
        }
        if Machine.fakeTime == nil {
            excluded[.clockStepped] = "faketime is not installed"
        }
        return excluded
    }

    /// - Returns: whether there was something to break.
    func inject(_ fault: Fault) async throws -> Bool {
        let victim = fault.victim ?? ""
        switch fault.kind {
        case .serviceKilled: platform.signal(victim, SIGKILL)
        case .servicePaused:
            try await pause(platform.process(victim), fault)
        case .serviceRolled:
            try await place.replace(victim)
            platform.signal(victim, SIGTERM)
        case .serviceDoubled, .clockStepped: try await replicate(victim, fault)
        case .brokerKilled:
            try await broker.kill()
            try await Task.sleep(for: fault.duration / 3)
            try await broker.revive()
        case .brokerPaused:
            await broker.signal(SIGSTOP)
            try await Task.sleep(for: fault.duration)
            await broker.signal(SIGCONT)
        case .topicDeleted: try await broker.topics("--delete --topic \(victim)")
        case .partitionsAdded:
            try await broker.topics(
                "--alter --topic \(victim) --partitions \(17 + fault.choice % 16)")
        case .backendKilled:
            guard let backend = backend(fault) else { return false }
            kill(backend, SIGKILL)
        case .backendPaused: try await pause(backend(fault), fault)
        case .postgresStopped:
            // What `pg_ctl stop -m immediate` sends.
            guard let postmaster = platform.postmaster else { return false }
            kill(postmaster, SIGQUIT)
        case .diskFull:
            try await place.fillDisk()
            try await Task.sleep(for: fault.duration)
            try await place.emptyDisk()
        default: try await connections(fault)
        }
        return true
    }

    private func pause(_ pid: Int32?, _ fault: Fault) async throws {
        guard let pid else { return }
        kill(pid, SIGSTOP)
        try await Task.sleep(for: fault.duration)
        kill(pid, SIGCONT)
    }

    /// A second replica beside the first; with another clock, which steps while it works, where
    /// that is the fault. The first one may be killed meanwhile, so that the second takes over.
    private func replicate(_ victim: String, _ fault: Fault) async throws {
        var more: [String: String] = [:]
        let clock = "\(place.path)/clock-\(victim)"
        if fault.kind == .clockStepped, let library = Machine.fakeTime {
            try Files.write("+0\n", to: clock)
            more = [
                "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
            ]
        }
        try platform.startReplica(victim, more)
        try await Task.sleep(for: .seconds(1) + fault.duration / 3)
        if fault.kind == .clockStepped {
            let sign = fault.clockStep < 0 ? "" : "+"
            try Files.write("\(sign)\(fault.clockStep)\n", to: clock)
        }
        if fault.choice % 2 == 0 { platform.signal(victim, SIGKILL) }
        try await Task.sleep(for: fault.duration)
        try await platform.stopReplica(victim, with: fault.choice % 3 == 0 ? SIGKILL : SIGTERM)
    }

    private func connections(_ fault: Fault) async throws {
        let proxy: Proxy? =
            switch fault.kind {
            case .databaseCut, .databaseDelayed, .databaseHalfOpen: platform.database
            case .brokerCut, .brokerDelayed, .brokerHalfOpen: platform.broker
            default: platform.services[fault.victim ?? ""]
            }
        guard let proxy else { return }
        switch fault.kind {
        case .databaseCut, .brokerCut, .serviceCut: await proxy.set(.cut)
        case .databaseHalfOpen, .brokerHalfOpen, .serviceHalfOpen: await proxy.set(.halfOpen)
        default: await proxy.set(.delayed(.milliseconds(20 + fault.choice)))
        }
        try await Task.sleep(for: fault.duration)
        await proxy.set(.passing)
    }

    /// One of PostgreSQL's processes that serve the services.
    private func backend(_ fault: Fault) -> Int32? {
        guard let postmaster = platform.postmaster else { return nil }
        let backends = Machine.children(of: postmaster)
            .filter { $0.command.contains("postgres: souk_") }
        return backends.isEmpty ? nil : backends[fault.choice % backends.count].pid
    }
}
