internal import HTTP
internal import Runtime

/// Asks programs whether they are ready.
struct ReadinessProbe: Sendable {
    static let interval: Duration = .milliseconds(50)
    static let bodyLimit = 1 << 16

    let http: HTTPClient
    let loop: EventLoop
    let settings: PlatformSettings

    /// Whether `/readyz` says 200 now.
    func isReady(_ program: PlatformProgram, timeout: Duration = .seconds(1)) async -> Bool {
        do {
            let response = try await http.send(
                HTTPClientRequest(.get, settings.url(program) + "/readyz", timeout: timeout))
            _ = try await response.body.collect(upTo: Self.bodyLimit)
            return response.status == .ok
        } catch {
            return false
        }
    }

    /// Waits until all of them are ready.
    ///
    /// - Returns: those that are not when the time is up.
    func wait(
        for programs: [PlatformProgram], timeout: Duration
    ) async throws -> [PlatformProgram] {
        let deadline = ContinuousClock.now + timeout
        var missing = programs
        while true {
            var still: [PlatformProgram] = []
            for program in missing where !(await isReady(program)) { still.append(program) }
            missing = still
            if missing.isEmpty || ContinuousClock.now >= deadline { return missing }
            try await loop.sleep(for: Self.interval)
        }
    }
}
