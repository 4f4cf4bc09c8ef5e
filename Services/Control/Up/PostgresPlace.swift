internal import Crypto
internal import Glibc
internal import Runtime

/// Where the private PostgreSQL keeps its files.
enum PostgresPlace {
    /// In the platform's directory; but where this is root, whom PostgreSQL does not run as, and
    /// its own user may not enter that directory, in one of its own under `/var/lib/souk`.
    static func directory(_ settings: PlatformSettings) throws(Complaint) -> String {
        let inside = settings.home + "/postgres"
        guard geteuid() == 0, let account = getpwnam("postgres") else { return inside }
        let group = account.pointee.pw_gid
        guard chown(settings.home, uid_t.max, group) == 0, chmod(settings.home, 0o710) == 0 else {
            throw Complaint(
                "\(settings.home) cannot be given to postgres: \(PlatformFiles.lastError()).")
        }
        if isReachable(settings.home, user: account.pointee.pw_uid, group: group) { return inside }
        let note = settings.home + "/postgres-place"
        if let path = PlatformFiles.read(note), path.hasPrefix("/var/lib/souk/") {
            return String(path.dropLast())
        }
        // Named at random, so that a new platform in an old one's place finds none of its data.
        try PlatformFiles.makeDirectory("/var/lib/souk", mode: 0o711)
        let path = "/var/lib/souk/" + Hex.encode(SystemRandom().bytes(8))
        try PlatformFiles.write(path + "\n", to: note)
        return path
    }

    /// Whether a user may pass all directories down to and including `path`.
    private static func isReachable(_ path: String, user: uid_t, group: gid_t) -> Bool {
        var current = ""
        for part in path.split(separator: "/") {
            current += "/\(part)"
            var status = stat()
            guard stat(current, &status) == 0 else { return false }
            let mayPass =
                status.st_mode & S_IXOTH != 0
                || (status.st_uid == user && status.st_mode & S_IXUSR != 0)
                || (status.st_gid == group && status.st_mode & S_IXGRP != 0)
            if !mayPass { return false }
        }
        return true
    }
}
