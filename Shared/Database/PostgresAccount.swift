internal import Glibc

/// Who runs the server: this user, or `postgres` when this user is root.
struct PostgresAccount {
    let name: String
    let userID: uid_t
    let groupID: gid_t
    /// Whether it is another than this process's.
    let isOther: Bool

    static func current() throws -> PostgresAccount {
        guard geteuid() == 0 else {
            return PostgresAccount(
                name: "", userID: geteuid(), groupID: getegid(), isOther: false)
        }
        guard let entry = getpwnam("postgres") else {
            throw PostgresServerError(
                """
                PostgreSQL does not run as root, and there is no user `postgres` to run it as: \
                `apt-get install postgresql` makes one.
                """)
        }
        return PostgresAccount(
            name: "postgres", userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid,
            isOther: true)
    }

    /// Gives a file or directory to the account.
    func own(_ path: String) throws {
        guard isOther else { return }
        guard chown(path, userID, groupID) == 0 else {
            throw PostgresServerError(
                "\(path) cannot be given to \(name): \(PostgresFiles.lastError()).")
        }
    }

    /// The first directory on the way to `path` that another user may not pass.
    func firstUnreachable(above path: String) -> String? {
        guard isOther else { return nil }
        var current = ""
        for part in path.split(separator: "/").dropLast() {
            current += "/" + part
            var status = stat()
            guard stat(current, &status) == 0 else { return current }
            let mayPass =
                status.st_mode & S_IXOTH != 0
                || (status.st_uid == userID && status.st_mode & S_IXUSR != 0)
                || (status.st_gid == groupID && status.st_mode & S_IXGRP != 0)
            if !mayPass { return current }
        }
        return nil
    }

    /// Starts a program as this account; see `PostgresFiles.spawn`.
    func spawn(_ arguments: [String], log: String) throws -> pid_t {
        guard isOther else { return try PostgresFiles.spawn(arguments, log: log) }
        let drop = ["--reuid=\(userID)", "--regid=\(groupID)", "--clear-groups", "--"]
        return try PostgresFiles.spawn(["/usr/bin/setpriv"] + drop + arguments, log: log)
    }
}
