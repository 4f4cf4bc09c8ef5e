internal import Glibc
internal import Synchronization

/// An append-only file of lines: what `append` returned for is on disk, whatever happens next.
///
/// Appends that wait together are written with one write and one fdatasync.
final class FactFile: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var waiters: [CheckedContinuation<Void, any Error>] = []
        var isWriting = false
        var failure: FactFileError?
    }

    private let descriptor: Int32
    private let state = Mutex(State())

    /// Opens or creates the file and gives its lines; a last line without its end was never
    /// acknowledged and is cut off.
    ///
    /// - Throws: `FactFileError` when the file cannot be had, or another process has it.
    static func open(_ path: String) throws(FactFileError) -> (file: FactFile, lines: [[UInt8]]) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FactFileError("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = FactFileError("lock", path)
            close(descriptor)
            throw error
        }
        do throws(FactFileError) {
            let content = try read(descriptor, path)
            let end = content.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            if end < content.count, ftruncate(descriptor, end) != 0 {
                throw FactFileError("truncate", path)
            }
            let lines = content[..<end].split(separator: UInt8(ascii: "\n")).map(Array.init)
            return (FactFile(descriptor), lines)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    private static func read(_ descriptor: Int32, _ path: String) throws(FactFileError) -> [UInt8] {
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return content }
            guard count > 0 else { throw FactFileError("read", path) }
            content.append(contentsOf: chunk[..<count])
        }
    }

    /// Adds lines, each without its end; returns once they are on disk.
    ///
    /// - Throws: `FactFileError`; from then on nothing can be appended any more.
    func append(_ lines: [[UInt8]]) async throws {
        var bytes: [UInt8] = []
        for line in lines {
            bytes.append(contentsOf: line)
            bytes.append(UInt8(ascii: "\n"))
        }
        try await enqueue(bytes)
    }

    /// Returns once everything that was given to `append` before is on disk.
    func settled() async throws {
        let isIdle = state.withLock { $0.failure == nil && !$0.isWriting && $0.pending.isEmpty }
        if !isIdle { try await enqueue([]) }
    }

    private func enqueue(_ bytes: [UInt8]) async throws {
        // Whoever finds nobody writing writes for all that came meanwhile.
        let isWriter = try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.pending.append(contentsOf: bytes)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if isWriter {
            try await writeAll()
        } else {
            try await withCheckedThrowingContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isWriting {
                        state.waiters.append(continuation)
                        return false
                    }
                    return true
                }
                if isOver { resume([continuation]) }
            }
        }
    }

    private func writeAll() async throws {
        while true {
            let (bytes, waiters) = state.withLock { state in
                defer {
                    state.pending = []
                    state.waiters = []
                }
                return (state.pending, state.waiters)
            }
            do {
                try await Self.write(bytes, to: descriptor)
            } catch {
                let others = state.withLock { state in
                    state.failure = error as? FactFileError ?? FactFileError("write", "")
                    state.isWriting = false
                    defer { state.waiters = [] }
                    return waiters + state.waiters
                }
                for waiter in others { waiter.resume(throwing: error) }
                throw error
            }
            for waiter in waiters { waiter.resume() }
            let isDone = state.withLock { state in
                guard state.pending.isEmpty, state.waiters.isEmpty else { return false }
                state.isWriting = false
                return true
            }
            if isDone { return }
        }
    }

    private func resume(_ waiters: [CheckedContinuation<Void, any Error>]) {
        let failure = state.withLock { $0.failure }
        for waiter in waiters {
            if let failure { waiter.resume(throwing: failure) } else { waiter.resume() }
        }
    }

    /// Off the event loop: fdatasync blocks for as long as the disk takes.
    @concurrent
    private static func write(_ bytes: [UInt8], to descriptor: Int32) async throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FactFileError("write", "") }
            written += count
        }
        guard bytes.isEmpty || fdatasync(descriptor) == 0 else {
            throw FactFileError("sync", "")
        }
    }
}

/// Why the file could not be used.
struct FactFileError: Error, CustomStringConvertible {
    let operation: String
    let path: String
    let code: Int32

    init(_ operation: String, _ path: String) {
        self.operation = operation
        self.path = path
        code = errno
    }

    var description: String {
        if operation == "lock" { return "\(path) is used by another sandbox" }
        return "cannot \(operation) \(path): \(String(cString: strerror(code)))"
    }
}
