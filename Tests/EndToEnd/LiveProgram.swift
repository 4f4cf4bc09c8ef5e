import Foundation
import Synchronization

/// A program of the build that runs, and the lines it writes.
final class LiveProgram: Sendable {
    private struct State {
        var text = ""
        var isOver = false
        var status: Int32?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let process: ProcessBox
    /// Ends with this process, however that comes about: `souk up --attached` stops then.
    private let lifeline = Pipe()
    private let state = Mutex(State())

    /// The folder in which the programs are built: that of the running tests.
    private static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()

    init(_ words: [String], _ environment: [String: String]) throws {
        process = ProcessBox()
        process.value.executableURL = Self.folder.appending(path: words[0])
        process.value.arguments = Array(words.dropFirst())
        process.value.environment = environment
        process.value.currentDirectoryURL = FileManager.default.temporaryDirectory
        let pipe = Pipe()
        process.value.standardOutput = pipe
        process.value.standardError = pipe
        process.value.standardInput = lifeline.fileHandleForReading
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.change { state in
                state.text += String(decoding: data, as: UTF8.self)
                if data.isEmpty { state.isOver = true }
            }
        }
        process.value.terminationHandler = { [weak self] process in
            // The pipe's other end may live on in a program that another test started meanwhile,
            // so its end is not waited for: what is in it now is all.
            let handle = pipe.fileHandleForReading
            handle.readabilityHandler = nil
            let rest = Self.readWhatIsThere(handle.fileDescriptor)
            self?.change { state in
                state.text += rest
                state.status = process.terminationStatus
                state.isOver = true
            }
        }
        try process.value.run()
    }

    private static func readWhatIsThere(_ descriptor: Int32) -> String {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    /// Everything written so far.
    var output: String { state.withLock { $0.text } }

    /// The first line that fits, as soon as it is written; nil when the program ends without it.
    func line(_ fits: @Sendable (Substring) -> Bool) async -> Substring? {
        while true {
            let (text, isOver) = state.withLock { ($0.text, $0.isOver || $0.status != nil) }
            let lines = text.split(whereSeparator: \.isNewline)
            if let line = lines.first(where: fits) { return line }
            if isOver { return nil }
            await news(since: text.utf8.count)
        }
    }

    /// Waits until it has ended and all its output is there.
    ///
    /// - Returns: the exit status.
    func end() async -> Int32 {
        while true {
            let (count, status, isOver) = state.withLock {
                ($0.text.utf8.count, $0.status, $0.isOver)
            }
            if let status, isOver { return status }
            await news(since: count, orOver: isOver, orEnded: status != nil)
        }
    }

    func interrupt() { process.value.interrupt() }

    /// Ends it as nothing can be handled.
    func kill() { Foundation.kill(process.value.processIdentifier, SIGKILL) }

    private func news(since count: Int, orOver wasOver: Bool = false, orEnded had: Bool = false)
        async
    {
        await withCheckedContinuation { continuation in
            let isNew = state.withLock { state in
                if state.text.utf8.count != count || state.isOver != wasOver
                    || (state.status != nil) != had
                {
                    return true
                }
                state.waiters.append(continuation)
                return false
            }
            if isNew { continuation.resume() }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private final class ProcessBox: @unchecked Sendable {
        // Safety of `@unchecked`: set up before it runs; then only signals are sent.
        let value = Process()
    }
}
