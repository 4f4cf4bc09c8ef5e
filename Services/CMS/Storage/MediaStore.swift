internal import Crypto
internal import EventTypes
internal import Glibc
internal import HTTP
internal import Runtime

/// The files on disk, each under the digest of its content, so that the same content lies there
/// once and a name from outside is never part of a path.
///
/// `incoming/` holds what is being received, `content/ab/<digest>` what was. Several processes may
/// share the directory.
struct MediaStore: Sendable {
    /// How long content that nobody refers to stays: an upload that brings it again must be able to
    /// be recorded before it goes.
    static let grace: Duration = .seconds(3_600)

    let directory: String

    private var incoming: String { directory + "/incoming" }
    private var content: String { directory + "/content" }
    private var lockPath: String { directory + "/lock" }

    /// Makes the directories that are missing.
    @concurrent func prepare() async throws {
        var path = ""
        for part in directory.split(separator: "/", omittingEmptySubsequences: false) {
            path += path.isEmpty && part.isEmpty ? "/" : "\(part)/"
            if !part.isEmpty { try Self.makeDirectory(path) }
        }
        try Self.makeDirectory(incoming)
        try Self.makeDirectory(content)
    }

    private static func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw StorageError("make the directory \(path)")
        }
    }

    /// Begins to receive a file.
    @concurrent func receive(random: any RandomSource) async throws -> IncomingFile {
        let path = incoming + "/" + RandomToken.make(bytes: 16, random: random)
        do {
            return try IncomingFile(path: path)
        } catch let error as StorageError where error.code == ENOENT {
            try await prepare()
            return try IncomingFile(path: path)
        }
    }

    /// Keeps a received file under its digest. When this returns it is on disk for good.
    @concurrent func keep(_ file: IncomingFile, as digest: String) async throws {
        let folder = folder(of: digest)
        try Self.makeDirectory(folder)
        try withLock { try file.move(to: path(of: digest)) }
        try Self.flush(folder)
        try Self.flush(content)
    }

    private static func flush(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError("open a directory") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StorageError("flush a directory") }
    }

    /// The content with this digest; nil when it is missing.
    @concurrent func source(of digest: String) async -> FileSource? {
        FileSource(path: path(of: digest))
    }

    /// The digest and the length of what lies under a digest; nil when nothing does.
    @concurrent func examine(_ digest: String) async throws -> (digest: String, length: Int)? {
        guard let source = FileSource(path: path(of: digest)) else { return nil }
        let running = RunningDigest()
        var start = 0
        while start < source.length {
            let end = min(start + (1 << 20), source.length)
            running.update(try await source.read(start..<end))
            start = end
        }
        return (Digest.hex(running.finish()), source.length)
    }

    private func folder(of digest: String) -> String { "\(content)/\(digest.prefix(2))" }
    private func path(of digest: String) -> String { "\(folder(of: digest))/\(digest)" }

    // MARK: Clearing up

    /// Removes what was being received by processes that are gone.
    ///
    /// - Returns: how many files.
    @concurrent func removeOrphans() async throws -> Int {
        var count = 0
        for name in try Self.names(in: incoming) {
            let path = "\(incoming)/\(name)"
            let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            // Its writer holds the lock for as long as it lives.
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            if unlink(path) == 0 { count += 1 }
        }
        return count
    }

    /// The digests of content that has lain there for a while.
    @concurrent func settled(before time: Timestamp) async throws -> [String] {
        var digests: [String] = []
        for folder in try Self.names(in: content) {
            for name in try Self.names(in: "\(content)/\(folder)")
            where isSettled("\(content)/\(folder)/\(name)", before: time) {
                digests.append(name)
            }
        }
        return digests
    }

    /// Removes content, unless it was brought again after `time`.
    @concurrent func remove(_ digest: String, settledBefore time: Timestamp) async throws -> Bool {
        try withLock {
            let path = path(of: digest)
            return isSettled(path, before: time) && unlink(path) == 0
        }
    }

    private func isSettled(_ path: String, before time: Timestamp) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        return Timestamp(seconds: Int64(status.st_mtim.tv_sec)) < time
    }

    private static func names(in folder: String) throws -> [String] {
        guard let handle = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw StorageError("read a directory")
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// Keeps renames and removals of all processes apart from each other.
    private func withLock<R>(_ body: () throws -> R) throws -> R {
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StorageError("open the lock") }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw StorageError("lock the files") }
        }
        return try body()
    }
}
