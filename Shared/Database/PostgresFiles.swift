internal import Glibc

/// The little that starting a server needs of the file system and of processes.
package enum PostgresFiles {
    static func lastError() -> String { String(cString: strerror(errno)) }

    static func read(_ path: String, from offset: Int = 0, limit: Int = 65_536) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        lseek(file, off_t(offset), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = Glibc.read(file, &bytes, limit)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    static func lines(of path: String) -> [String]? {
        read(path).map {
            String(decoding: $0, as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
    }

    static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The last lines of a log, for a message.
    static func tail(of path: String, from start: Int = 0) -> String {
        let offset = max(start, size(of: path) - 1_000)
        let text = String(decoding: read(path, from: offset) ?? [], as: UTF8.self)
        return text.split(separator: "\n").suffix(5).joined(separator: " | ")
    }

    static func write(_ text: String, to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw PostgresServerError("\(path) cannot be written: \(lastError()).")
        }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw PostgresServerError("\(path) cannot be written: \(lastError()).")
        }
    }

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
        return names
    }

    package static func removeTree(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in entries(of: path) { try removeTree(path + "/" + name) }
            guard rmdir(path) == 0 else {
                throw PostgresServerError("\(path) cannot be removed: \(lastError()).")
            }
        } else if unlink(path) != 0 {
            throw PostgresServerError("\(path) cannot be removed: \(lastError()).")
        }
    }

    /// Waits for the child to end.
    static func exitStatus(of pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            if errno != EINTR { return -1 }
        }
        return status
    }

    /// Reaps a child of ours that has ended. For a process that is not our child: whether it is
    /// gone.
    static func hasExited(_ pid: pid_t) -> Bool {
        var status: Int32 = 0
        let reaped = waitpid(pid, &status, WNOHANG)
        if reaped == pid { return true }
        return reaped < 0 && kill(pid, 0) != 0 && errno == ESRCH
    }

    /// The wanted port if nobody has it, or any free one.
    static func reservePort(_ wanted: Int?) throws -> Int {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { throw PostgresServerError("No socket: \(lastError()).") }
        defer { close(file) }
        var reuse: Int32 = 1
        setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = UInt16(truncatingIfNeeded: wanted ?? 0).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(file, raw, length) == 0 && getsockname(file, raw, &length) == 0
            }
        }
        guard bound else {
            throw PostgresServerError(
                "The port \(wanted ?? 0) that PostgreSQL should listen on is in use.")
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
