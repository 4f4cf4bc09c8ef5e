internal import CLinux
internal import Glibc
internal import Runtime

/// How to start one program.
struct ProcessSpecification: Sendable {
    /// The name before its lines of output.
    let name: String
    /// The program's path and its arguments.
    let arguments: [String]
    /// The whole environment of the program; nothing is inherited.
    let environment: [String: String]
}

/// A running program: its output line by line, and how it ended. Confined to its loop.
///
/// It has a process group of its own, so that Ctrl-C in the terminal reaches only the supervisor,
/// which then stops its children in order.
final class ChildProcess: @unchecked Sendable {
    // Safety of `@unchecked`: every method runs on the loop's thread, which `start` checks.

    enum Exit: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// The longest line passed on; longer ones are cut there.
    static let lineLimit = 64 * 1_024

    let pid: pid_t
    private let pidDescriptor: Int32
    private let outputDescriptor: Int32
    private var exitWatch: FileDescriptorWatch?
    private var outputWatch: FileDescriptorWatch?
    private var pending: [UInt8] = []
    private let onLine: (String) -> Void
    private let onExit: (Exit) -> Void

    /// Starts the program.
    ///
    /// - Throws: `SpawnError` when there is no such program or the system refuses another process.
    static func start(
        _ specification: ProcessSpecification, on loop: EventLoop,
        onLine: @escaping (String) -> Void, onExit: @escaping (Exit) -> Void
    ) throws(SpawnError) -> ChildProcess {
        loop.preconditionCurrent()
        var ends: [Int32] = [-1, -1]
        guard souk_pipe(&ends) == 0 else { throw SpawnError(specification, errno) }
        defer { close(ends[1]) }
        let pid: pid_t
        do {
            pid = try spawn(specification, output: ends[1])
        } catch {
            close(ends[0])
            throw error
        }
        // A descriptor that becomes readable when the process ends.
        let descriptor = souk_pidfd_open(pid)
        guard descriptor >= 0 else {
            close(ends[0])
            kill(pid, SIGKILL)
            throw SpawnError(specification, errno)
        }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return ChildProcess(
            pid: pid, pidDescriptor: descriptor, output: ends[0], loop: loop, onLine: onLine,
            onExit: onExit)
    }

    private init(
        pid: pid_t, pidDescriptor: Int32, output: Int32, loop: EventLoop,
        onLine: @escaping (String) -> Void, onExit: @escaping (Exit) -> Void
    ) {
        self.pid = pid
        self.pidDescriptor = pidDescriptor
        outputDescriptor = output
        self.onLine = onLine
        self.onExit = onExit
        outputWatch = FileDescriptorWatch(output, on: loop) { [weak self] _ in self?.readOutput() }
        outputWatch?.wait(for: .readable)
        exitWatch = FileDescriptorWatch(pidDescriptor, on: loop) { [weak self] _ in self?.reap() }
        exitWatch?.wait(for: .readable)
    }

    /// Sends a signal; does nothing once the process has ended.
    func signal(_ number: Int32) {
        if exitWatch != nil { kill(pid, number) }
    }

    private func readOutput() {
        var chunk = [UInt8](repeating: 0, count: 16 * 1_024)
        while true {
            let count = read(outputDescriptor, &chunk, chunk.count)
            if count > 0 {
                pending.append(contentsOf: chunk[0..<count])
                emitLines()
            } else if count == 0 {
                outputWatch?.stop()
                return
            } else {
                return
            }
        }
    }

    private func emitLines() {
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
            onLine(String(decoding: pending[..<end].prefix(Self.lineLimit), as: UTF8.self))
            pending.removeSubrange(...end)
        }
        if pending.count > Self.lineLimit {
            onLine(String(decoding: pending, as: UTF8.self))
            pending.removeAll()
        }
    }

    private func reap() {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return }
        readOutput()
        if !pending.isEmpty { onLine(String(decoding: pending, as: UTF8.self)) }
        outputWatch?.stop()
        exitWatch?.stop()
        exitWatch = nil
        close(outputDescriptor)
        close(pidDescriptor)
        let ending = status & 0x7f
        onExit(ending == 0 ? .code((status >> 8) & 0xff) : .signal(ending))
    }

    private static func spawn(
        _ specification: ProcessSpecification, output: Int32
    ) throws(SpawnError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)

        let arguments = specification.arguments.map { strdup($0) } + [nil]
        let environment = specification.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + environment).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(
            &pid, specification.arguments[0], &actions, &attributes, arguments, environment)
        guard code == 0 else { throw SpawnError(specification, code) }
        return pid
    }
}

/// A program could not be started.
struct SpawnError: Error, CustomStringConvertible {
    let program: String
    let code: Int32

    init(_ specification: ProcessSpecification, _ code: Int32) {
        program = specification.arguments[0]
        self.code = code
    }

    var description: String { "\(program) does not start: \(String(cString: strerror(code)))" }
}
