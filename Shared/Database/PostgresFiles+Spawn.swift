internal import CPostgres
internal import Glibc

extension PostgresFiles {
    /// Starts a program in a session of its own with nothing of ours but `log` for its output.
    package static func spawn(_ arguments: [String], log: String) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Not our directory either: the server's own user may not be able to enter it.
        guard souk_spawn_isolate(&actions) == 0 else {
            throw PostgresServerError("No memory to start \(arguments[0]).")
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        sigfillset(&all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        let signals = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
        posix_spawnattr_setflags(&attributes, souk_spawn_session() | signals)
        let environment = ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"]
        var pid = pid_t()
        let failed = withCStrings(arguments) { argv in
            withCStrings(environment) { environment in
                posix_spawn(&pid, arguments[0], &actions, &attributes, argv, environment)
            }
        }
        guard failed == 0 else {
            throw PostgresServerError(
                "\(arguments[0]) cannot be started: \(String(cString: strerror(failed))).")
        }
        return pid
    }

    /// An array of C strings, ended by a null pointer, valid inside `body`.
    private static func withCStrings<R>(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        var pointers = texts.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}
