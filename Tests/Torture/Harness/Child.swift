import Glibc

/// A program that was started, with its output in a file.
struct Child: Sendable {
    let name: String
    let pid: pid_t
    let log: String

    /// - Parameters:
    ///   - environment: the whole of it.
    ///   - errors: where standard error goes; with the output when nil.
    ///   - input: a descriptor to read from; nil for nothing.
    static func start(
        _ name: String, _ words: [String], _ environment: [String: String], log: String,
        errors: String? = nil, input: Int32? = nil
    ) throws -> Child {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        if let errors {
            posix_spawn_file_actions_addopen(
                &actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        } else {
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A session of its own, so that Ctrl-C reaches the harness alone.
        let newSession: Int16 = 0x80
        posix_spawnattr_setflags(&attributes, newSession | Int16(POSIX_SPAWN_SETSIGMASK))
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        let arguments = words.map { strdup($0) } + [nil]
        let settings = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + settings { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, words[0], &actions, &attributes, arguments, settings)
        guard code == 0 else {
            throw TortureError("\(words[0]) does not start: \(String(cString: strerror(code)))")
        }
        return Child(name: name, pid: pid, log: log)
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// The exit status once it has ended, 128 and more for a signal; nil while it runs.
    func ended() -> Int32? {
        var status: Int32 = 0
        let result = waitpid(pid, &status, WNOHANG)
        if result == 0 { return nil }
        if result < 0 { return 0 }
        let ending = status & 0x7f
        return ending == 0 ? (status >> 8) & 0xff : 128 + ending
    }

    /// Waits until it has ended.
    ///
    /// - Returns: nil when it still runs after `limit`.
    func end(within limit: Duration) async throws -> Int32? {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if let status = ended() { return status }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }

    /// Waits for a text in its output.
    func says(_ text: String, within limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        while !Files.read(log).contains(text) {
            if let status = ended() {
                throw TortureError(
                    "\(name) ended with status \(status):\n\(Files.read(log).suffix(2_000))")
            }
            guard ContinuousClock.now < deadline else {
                throw TortureError(
                    "\(name) does not say \"\(text)\":\n\(Files.read(log).suffix(2_000))")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}

/// Why a run cannot go on.
struct TortureError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The little that the harness needs of the file system.
enum Files {
    static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else {
            throw TortureError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        fputs(text, file)
        fclose(file)
    }

    /// The number in a file; nil when there is none.
    static func number(_ path: String) -> Int32? {
        Int32(read(path).prefix { $0.isNumber })
    }
}
