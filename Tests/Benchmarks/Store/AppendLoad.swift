import Runtime

/// Callers in a closed loop, each with one command under way: load, decide, append, answer.
struct AppendLoad: Sendable {
    let log: BenchLog
    let callers: Int
    /// Accounts that the callers choose from, at random.
    var accounts = 10_000

    /// - Returns: events a second, and how long each command took.
    func run(seconds: Double) async throws -> Sample {
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for caller in 0..<callers {
                group.addTask(executorPreference: log.loop) {
                    try await self.call(until: end, UInt64(caller) + 1)
                }
            }
            return try await group.reduce(into: [Double]()) { $0 += $1 }
        }
        let took = start.duration(to: .now).inSeconds
        return Sample(Double(times.count) / took, Percentiles(times))
    }

    /// Appends one event to each account, so that nobody is met for the first time afterwards: then
    /// all events of an account are read once.
    func meetAll() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask(executorPreference: log.loop) {
                    for account in stride(from: caller, to: accounts, by: callers) {
                        try await log.post(account)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func call(until end: ContinuousClock.Instant, _ seed: UInt64) async throws -> [Double] {
        var random = seed &* 0x9e37_79b9_7f4a_7c15
        var times: [Double] = []
        var now = ContinuousClock.now
        while now < end {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            try await log.post(Int(random >> 33) % accounts)
            let done = ContinuousClock.now
            times.append(now.duration(to: done).inSeconds * 1_000)
            now = done
        }
        return times
    }
}
