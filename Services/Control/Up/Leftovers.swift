internal import Glibc
internal import Runtime

/// Programs of an earlier `souk up` that was killed before it could stop them.
struct Leftovers: Sendable {
    static let patience: Duration = .seconds(3)

    let settings: PlatformSettings
    let loop: EventLoop

    /// Those that still run: named by their pid files, and proven by their executable and by the
    /// directory that they were started for, since numbers of processes are used again.
    func find() -> [(name: String, pid: Int32)] {
        PlatformProgram.allCases.compactMap { program in
            guard let executable = program.executable,
                let text = PlatformFiles.read(settings.pidFile(program.name), limit: 64),
                let pid = Int32(text.prefix { $0.isNumber }), pid != getpid(),
                let process = ProcessEntry(pid),
                process.executable.split(separator: "/").last.map(String.init) == executable,
                process.hasEnvironment("SOUK_HOME", settings.home)
            else { return nil }
            return (program.name, pid)
        }
    }

    /// Stops them all, with force where they do not go by themselves.
    ///
    /// - Returns: their names.
    func stop() async throws -> [String] {
        let found = find()
        for (_, pid) in found { kill(pid, SIGTERM) }
        let deadline = ContinuousClock.now + Self.patience
        while found.contains(where: { ProcessEntry($0.pid) != nil }) {
            if ContinuousClock.now >= deadline {
                for (_, pid) in found { kill(pid, SIGKILL) }
            }
            try await loop.sleep(for: .milliseconds(20))
        }
        return found.map(\.name)
    }
}
