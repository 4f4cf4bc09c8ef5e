internal import Glibc

/// Held by the one `souk up` of a directory; the kernel gives it back when that process is gone,
/// however it went.
struct PlatformLock: ~Copyable {
    private let file: Int32

    /// - Throws: `Complaint` naming the process that holds it.
    init(_ settings: PlatformSettings) throws(Complaint) {
        file = open(settings.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw Complaint("\(settings.lockFile) cannot be opened: \(PlatformFiles.lastError()).")
        }
        var lock = Self.whole()
        guard fcntl(file, F_SETLK, &lock) == 0 else {
            let holder = Self.holder(settings).map { " (process \($0))" } ?? ""
            throw Complaint(
                "Souk is running already\(holder): souk status shows it, souk down stops it.",
                status: ExitStatus.unavailable)
        }
    }

    deinit { close(file) }

    /// The process that holds the lock of this place; nil when none does.
    static func holder(_ settings: PlatformSettings) -> Int32? {
        let file = open(settings.lockFile, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var lock = whole()
        guard fcntl(file, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return nil }
        return lock.l_pid
    }

    private static func whole() -> Glibc.flock {
        var lock = Glibc.flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        return lock
    }
}
