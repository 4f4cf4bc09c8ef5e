internal import Crypto
internal import Glibc

/// A file that is being received. It lies among the incoming ones, locked for as long as its writer
/// lives, and is gone with this object unless it was kept.
final class IncomingFile: @unchecked Sendable {
    // Safety of `@unchecked`: one upload uses it, one call after the other.

    private let descriptor: Int32
    private let path: String
    private let digest = RunningDigest()
    private var isKept = false
    private(set) var length = 0

    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StorageError("open an incoming file") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StorageError("lock an incoming file")
        }
    }

    deinit {
        if !isKept { unlink(path) }
        close(descriptor)
    }

    @concurrent func write(_ bytes: [UInt8]) async throws {
        digest.update(bytes)
        length += bytes.count
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw StorageError("write an incoming file") }
            start += written
        }
    }

    /// Makes sure that the content is on disk.
    ///
    /// - Returns: its SHA-256 in hexadecimal.
    @concurrent func finish() async throws -> String {
        guard fsync(descriptor) == 0 else { throw StorageError("flush an incoming file") }
        return Digest.hex(digest.finish())
    }

    /// Moves it to where it stays; whatever lay there is replaced at once.
    func move(to destination: String) throws {
        guard rename(path, destination) == 0 else { throw StorageError("keep a file") }
        isKept = true
    }
}
