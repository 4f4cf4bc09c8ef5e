internal import Glibc
internal import HTTP
internal import Runtime

/// The platform that a demonstration plays on: one that runs already, or one started for it.
struct DemoPlatform: Sendable {
    static let startTimeout: Duration = .seconds(120)

    /// The child that is `souk up`; touched on the loop's thread only.
    private final class Holder: @unchecked Sendable {
        // Safety of `@unchecked`: see above.
        var child: ChildProcess?
        var exit: ChildProcess.Exit?
        var lines: [String] = []
    }

    let settings: PlatformSettings
    private let loop: EventLoop
    private let up: Holder?

    /// Plays on the platform, found or started, until it is over or Ctrl-C comes.
    ///
    /// - Parameter body: says whether everything is proven.
    /// - Returns: the exit status.
    static func play(
        _ context: CommandContext, stopped sentence: String,
        _ body: @escaping @Sendable (PlatformSettings) async throws -> Bool
    ) async throws -> Int32 {
        try await Interruption.cancels(sentence) {
            let platform = try await find(context)
            do {
                let isProven = try await body(platform.settings)
                try await platform.stop()
                return isProven ? ExitStatus.success : ExitStatus.failure
            } catch {
                try await platform.stop()
                throw error
            }
        }
    }

    /// Finds the platform or starts it.
    static func find(_ context: CommandContext) async throws -> DemoPlatform {
        let loop = context.loop
        if PlatformLock.holder(context.settings) == nil {
            Terminal.write("Nothing runs here: starting the platform.\n", to: 2)
            let platform = DemoPlatform(
                settings: context.settings, loop: loop, up: try start(context))
            do {
                try await platform.waitUntilUp()
            } catch {
                try await platform.stop()
                throw error
            }
            return platform
        }
        let settings = context.settings.adopting(PlatformRecord.read(context.settings))
        let platform = DemoPlatform(settings: settings, loop: loop, up: nil)
        try await platform.waitUntilUp()
        return platform
    }

    private static func start(_ context: CommandContext) throws -> Holder {
        let holder = Holder()
        let specification = ProcessSpecification(
            name: "up",
            arguments: [PlatformSettings.executableDirectory() + "/souk", "up", "--quiet"],
            environment: context.environment)
        holder.child = try ChildProcess.start(
            specification, on: context.loop,
            onLine: { if !$0.isEmpty { holder.lines = (holder.lines + [$0]).suffix(20) } },
            onExit: {
                holder.exit = $0
                holder.child = nil
            })
        return holder
    }

    private func waitUntilUp() async throws {
        let http = HTTPClient(loop: loop)
        let probe = ReadinessProbe(http: http, loop: loop, settings: settings)
        let programs = PlatformProgram.allCases.filter(\.hasHTTP)
        let deadline = ContinuousClock.now + Self.startTimeout
        while true {
            if let up, up.exit != nil {
                throw Complaint(up.lines.suffix(10), status: ExitStatus.unavailable)
            }
            // A record may be left over from a platform that was killed.
            let owner = up?.child?.pid ?? PlatformLock.holder(settings)
            let record = PlatformRecord.read(settings)
            let isUp = record?.isUp == true && record?.pid == owner
            let missing = isUp ? try await probe.wait(for: programs, timeout: .zero) : programs
            if missing.isEmpty { break }
            guard ContinuousClock.now < deadline else {
                throw Complaint(
                    "Not ready within \(Self.startTimeout): "
                        + "\(missing.map(\.name).joined(separator: ", ")).",
                    status: ExitStatus.unavailable)
            }
            try await loop.sleep(for: .milliseconds(100))
        }
        await http.close()
    }

    /// Stops what was started for the demonstration.
    func stop() async throws {
        guard let up else { return }
        up.child?.signal(SIGTERM)
        let deadline = ContinuousClock.now + .seconds(15)
        while up.child != nil {
            if ContinuousClock.now >= deadline { up.child?.signal(SIGKILL) }
            // Also when the demonstration itself was cancelled.
            await withCheckedContinuation { continuation in
                let timer = TimerBox()
                loop.submit {
                    timer.timer = LoopTimer(on: loop) {
                        timer.timer = nil
                        continuation.resume()
                    }
                    timer.timer?.start(after: .milliseconds(20))
                }
            }
        }
    }

    /// Keeps a timer alive until it fires.
    private final class TimerBox: @unchecked Sendable {
        // Safety of `@unchecked`: touched on the loop's thread only.
        var timer: LoopTimer?
    }
}
