internal import CLibEvent
internal import Glibc

/// The outermost frame of an executable.
///
/// An `async` main function would start everything on the main actor, and nonisolated code stays on
/// the executor of its caller, so a whole service could end up on one thread that no event loop
/// owns. Therefore `Main` is synchronous and hands over to the global executor:
///
/// ```swift
/// @main struct Main {
///     static func main() {
///         Program.run { await ServiceMain.run(WalletService.self) }
///     }
/// }
/// ```
///
/// A library's own entry that may be called from anywhere says `@concurrent` for the same reason.
public enum Program {
    /// Runs `body` on the global executor and ends the process with its result as exit status.
    /// Everything that must be finished is finished before `body` returns: threads are not waited
    /// for, and exit handlers of libraries whose threads still run are not called.
    public static func run(_ body: @escaping @Sendable () async -> Int32) -> Never {
        raiseOpenFileLimit()
        Task.detached {
            let status = await body()
            fflush(nil)
            _exit(status)
        }
        while true { pause() }
    }

    /// The usual limit of 1,024 open files is there for programs that use `select`; each connection
    /// of a server is one.
    private static func raiseOpenFileLimit() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(files, &limit)
    }

    /// The process's environment at the time of the call.
    public static var environment: [String: String] {
        var environment: [String: String] = [:]
        guard var entry = souk_environment() else { return [:] }
        while let line = entry.pointee {
            let text = String(cString: line)
            if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
                environment[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return environment
    }

    /// The arguments after the program's name.
    public static var arguments: [String] { Array(CommandLine.arguments.dropFirst()) }
}
