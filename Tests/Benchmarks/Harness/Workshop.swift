import Foundation
import Glibc
import Runtime

/// The directory of the run and the programs that it starts.
///
/// A small process of its own session holds the other end of a pipe: when this program ends, by
/// itself, by Ctrl-C or by `kill -9`, it ends what was started and removes the directory.
final class Workshop: Sendable {
    let directory: String
    private let cleaner: Process
    private let isClean = DispatchSemaphore(value: 0)
    private let lifeline: Int32
    private let children: Int32

    init(in parent: String) throws {
        var template = Array((parent + "/souk-bench-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw BenchError("no directory can be made in \(parent).")
        }
        directory = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        // The servers may run as other users.
        chmod(directory, 0o755)
        children = open(directory + "/children", O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
        var ends: [Int32] = [-1, -1]
        guard children >= 0, pipe(&ends) == 0 else {
            throw BenchError("no pipe can be made.")
        }
        // Nobody else may keep it open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        lifeline = ends[1]
        cleaner = Process()
        cleaner.executableURL = URL(filePath: "/usr/bin/setsid")
        cleaner.arguments = ["/bin/sh", "-c", Self.cleaning, "sh", directory]
        let reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: false)
        cleaner.standardInput = reading
        cleaner.standardOutput = FileHandle.nullDevice
        cleaner.standardError = FileHandle.nullDevice
        cleaner.terminationHandler = { [isClean] _ in isClean.signal() }
        try cleaner.run()
        Glibc.close(ends[0])
    }

    private static let cleaning = """
        cat >/dev/null
        while read -r pid; do kill -9 "$pid"; done <"$1/children"
        if pid=$(head -n 1 "$1/postgres/data/postmaster.pid"); then
            kill -QUIT "$pid"
            while grep -q '^State:.[^Z]' "/proc/$pid/status"; do sleep 0.05; done
        fi
        cd / && rm -rf "$1"
        """

    /// Ends everything and returns once it is gone.
    func close() async {
        Glibc.close(lifeline)
        await NamedThread.run("bench-cleaner") { [isClean] in isClean.wait() }
    }

    // MARK: Programs

    /// Runs a program to its end.
    ///
    /// - Returns: what it printed.
    /// - Throws: `BenchError` with its last words when it fails.
    @discardableResult
    func run(
        _ path: String, _ arguments: [String], environment: [String: String] = [:],
        discardsOutput: Bool = false
    ) async throws -> String {
        try await NamedThread.run("bench-tool") { [self] in
            let process = try prepare(path, arguments, environment)
            let output = discardsOutput ? nil : Pipe()
            process.standardOutput = output ?? FileHandle.nullDevice
            let errors = directory + "/errors-\(UInt32.random(in: 0...UInt32.max))"
            _ = FileManager.default.createFile(atPath: errors, contents: nil)
            process.standardError = FileHandle(forWritingAtPath: errors)
            let hasEnded = DispatchSemaphore(value: 0)
            process.terminationHandler = { _ in hasEnded.signal() }
            try launch(process)
            let data = output?.fileHandleForReading.readDataToEndOfFile() ?? Data()
            hasEnded.wait()
            let words = FileManager.default.contents(atPath: errors) ?? Data()
            unlink(errors)
            guard process.terminationStatus == 0 else {
                throw BenchError(
                    "\(path) failed: \(String(decoding: words.suffix(400), as: UTF8.self))")
            }
            return String(decoding: data, as: UTF8.self)
        }
    }

    /// Starts a program that runs until `stop`, its output in a file of the directory.
    func start(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], log: String
    ) throws -> RunningProgram {
        let process = try prepare(path, arguments, environment)
        let file = directory + "/" + log
        _ = FileManager.default.createFile(atPath: file, contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: file)
        process.standardError = process.standardOutput
        let hasEnded = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in hasEnded.signal() }
        try launch(process)
        return RunningProgram(process: process, hasEnded: hasEnded, log: file)
    }

    private func prepare(
        _ path: String, _ arguments: [String], _ environment: [String: String]
    ) throws -> Process {
        guard access(path, X_OK) == 0 else {
            throw BenchError("\(path) is not installed; `make bench` installs it.")
        }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = Program.environment.merging(environment) { $1 }
        process.currentDirectoryURL = URL(filePath: directory)
        process.standardInput = FileHandle.nullDevice
        return process
    }

    private func launch(_ process: Process) throws {
        // The threads of this program block signals, which a child would go on doing: pgbench would
        // wait for its alarm for ever.
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
        let line = "\(process.processIdentifier)\n"
        _ = line.withCString { Glibc.write(children, $0, strlen($0)) }
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw BenchError("\(path) cannot be written.") }
        defer { fclose(file) }
        guard fputs(text, file) >= 0 else { throw BenchError("\(path) cannot be written.") }
    }

    /// A free port of 127.0.0.1; somebody else may take it before it is used.
    static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else { throw BenchError("no port is free.") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A program that runs beside the benchmark.
struct RunningProgram: @unchecked Sendable {
    // Safety of `@unchecked`: Foundation guards a process by a lock.
    let process: Process
    fileprivate let hasEnded: DispatchSemaphore
    let log: String

    var processID: Int32 { process.processIdentifier }

    /// Asks it to end, and returns once it has.
    func stop() async {
        process.terminate()
        await NamedThread.run("bench-stop") { [hasEnded] in
            hasEnded.wait()
            // Whoever stops it again finds it ended.
            hasEnded.signal()
        }
    }
}
