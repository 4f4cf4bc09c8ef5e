internal import Glibc

/// The little that the platform's directory needs of the file system.
enum PlatformFiles {
    static func lastError() -> String { String(cString: strerror(errno)) }

    /// Makes a directory and those above it; the last one gets `mode` exactly.
    static func makeDirectory(_ path: String, mode: mode_t = 0o700) throws(Complaint) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/\(part)"
            if mkdir(made, 0o755) != 0, errno != EEXIST {
                throw Complaint(
                    "The directory \(made) cannot be made: \(lastError()).",
                    status: ExitStatus.unavailable)
            }
        }
        guard chmod(path, mode) == 0 else {
            throw Complaint("The mode of \(path) cannot be set: \(lastError()).")
        }
    }

    /// The permissions of a file; nil when there is none.
    static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The text of a file of at most `limit` bytes; nil when there is none.
    static func read(_ path: String, limit: Int = 1 << 20) -> String? {
        bytes(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    static func bytes(_ path: String, limit: Int = 1 << 20) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < limit {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0 { return nil }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes.count > limit ? nil : bytes
    }

    /// Calls `body` with the file piece by piece.
    static func pieces(of path: String, _ body: ([UInt8]) throws -> Void) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Complaint("\(path) cannot be read: \(lastError()).") }
        defer { close(file) }
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count >= 0 else { throw Complaint("\(path) cannot be read: \(lastError()).") }
            if count == 0 { return }
            try body(Array(chunk[..<count]))
        }
    }

    /// Writes a file whole or not at all, readable by its owner only unless `mode` says otherwise.
    static func write(_ text: String, to path: String, mode: mode_t = 0o600) throws(Complaint) {
        let temporary = path + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw Complaint("\(path) cannot be written: \(lastError()).") }
        let bytes = Array(text.utf8)
        let written = Glibc.write(file, bytes, bytes.count)
        close(file)
        guard written == bytes.count, chmod(temporary, mode) == 0, rename(temporary, path) == 0
        else {
            throw Complaint("\(path) cannot be written: \(lastError()).")
        }
    }

    /// Where a symbolic link points to; nil when there is none.
    static func target(ofLink path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes { buffer in
            readlink(path, buffer.assumingMemoryBound(to: CChar.self).baseAddress!, buffer.count)
        }
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    static func remove(_ path: String) { unlink(path) }

    static func entries(of directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The bytes that are free where `path` is, and the size of that file system.
    static func room(at path: String) -> (free: Int, size: Int)? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return (
            Int(status.f_bavail) * Int(status.f_frsize), Int(status.f_blocks) * Int(status.f_frsize)
        )
    }

    /// The megabytes that are free where `path` is.
    static func freeMegabytes(at path: String) -> Int? { room(at: path).map { $0.free >> 20 } }
}
