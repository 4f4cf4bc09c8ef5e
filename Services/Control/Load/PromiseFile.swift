internal import Glibc
internal import JSON
internal import Synchronization

/// Writes down what was asked for and what was answered, line by line, at once.
final class PromiseFile: Sendable {
    private let descriptor: Int32
    private let counts = Mutex((asked: 0, answered: 0))

    /// - Parameter path: nil for no file.
    init(_ path: String?) throws(Complaint) {
        guard let path else {
            descriptor = -1
            return
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Complaint("\(path) cannot be written: \(PlatformFiles.lastError()).")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// How much was asked for, and how much of it was answered.
    var count: (asked: Int, answered: Int) { counts.withLock { $0 } }

    /// Something is asked for, by a request that has one effect at most.
    func asked(_ type: String, by user: String) throws {
        counts.withLock { $0.asked += 1 }
        try write(PromiseBook.Line(type: type, user: user, subject: nil, amountMinor: nil))
    }

    /// It was answered.
    func answered(
        _ type: String, by user: String, subject: String, amountMinor: Int64? = nil
    ) throws {
        counts.withLock { $0.answered += 1 }
        try write(
            PromiseBook.Line(type: type, user: user, subject: subject, amountMinor: amountMinor))
    }

    private func write(_ line: PromiseBook.Line) throws {
        guard descriptor >= 0 else { return }
        let bytes = try JSON.encode(line) + [UInt8(ascii: "\n")]
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw Complaint("What was promised cannot be written: \(PlatformFiles.lastError()).")
        }
    }
}
