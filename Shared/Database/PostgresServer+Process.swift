internal import CPostgres
internal import Glibc

extension PostgresServer {
    func startBlocking() throws {
        let binaries = try findBinaries()
        let account = try PostgresAccount.current()
        if processID == nil {
            try prepareDirectory(account)
            try createCluster(binaries, account)
            try launch(binaries, account)
        }
        try waitUntilAccepting()
    }

    func startBlocking() throws -> Address {
        try startBlocking() as Void
        guard let address else { throw PostgresServerError("PostgreSQL stopped at once.") }
        try createDatabase(address)
        return address
    }

    private func createDatabase(_ address: Address) throws {
        let connection = PQconnectdb(address.url(database: "postgres"))
        defer { PQfinish(connection) }
        let known = PQexec(
            connection, "select 1 from pg_database where datname = '\(Self.user)'")
        defer { PQclear(known) }
        if PQntuples(known) == 1 { return }
        let made = PQexec(connection, "create database \(Self.user)")
        defer { PQclear(made) }
        guard PQresultStatus(made) == PGRES_COMMAND_OK else {
            throw PostgresServerError(
                "The first database cannot be made: \(String(cString: PQerrorMessage(connection)))")
        }
    }

    private func findBinaries() throws -> String {
        if let given = configuration.binaries { return given }
        let root = "/usr/lib/postgresql"
        let versions = PostgresFiles.entries(of: root).compactMap(Int.init).sorted(by: >)
        for version in versions where access("\(root)/\(version)/bin/initdb", X_OK) == 0 {
            return "\(root)/\(version)/bin"
        }
        throw PostgresServerError(
            "PostgreSQL's programs are not installed: `apt-get install postgresql` brings them.")
    }

    private func prepareDirectory(_ account: PostgresAccount) throws {
        for path in [configuration.directory, socketDirectory] {
            if mkdir(path, 0o700) != 0 && errno != EEXIST {
                throw PostgresServerError(
                    "The directory \(path) cannot be made: \(PostgresFiles.lastError()).")
            }
            try account.own(path)
        }
        guard let blocked = account.firstUnreachable(above: configuration.directory) else { return }
        throw PostgresServerError(
            """
            PostgreSQL does not run as root, and the user \(account.name) may not enter \(blocked): \
            run as another user, or put the data elsewhere.
            """)
    }

    private func createCluster(_ binaries: String, _ account: PostgresAccount) throws {
        if access(data + "/PG_VERSION", F_OK) == 0 { return }
        try PostgresFiles.write(randomPassword() + "\n", to: passwordFile)
        try account.own(passwordFile)
        // A cluster is either whole or not there.
        let unfinished = configuration.directory + "/data.unfinished"
        try PostgresFiles.removeTree(unfinished)
        var arguments = [
            binaries + "/initdb", "-D", unfinished, "-U", Self.user, "--encoding=UTF8",
            "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256",
            "--pwfile=" + passwordFile, "--no-instructions",
        ]
        if !configuration.isDurable { arguments.append("--no-sync") }
        let pid = try account.spawn(arguments, log: logFile)
        guard PostgresFiles.exitStatus(of: pid) == 0 else {
            throw PostgresServerError("initdb failed: \(PostgresFiles.tail(of: logFile))")
        }
        guard rename(unfinished, data) == 0 else {
            throw PostgresServerError("\(data) cannot be made: \(PostgresFiles.lastError()).")
        }
    }

    private func launch(_ binaries: String, _ account: PostgresAccount) throws {
        let port = try PostgresFiles.reservePort(configuration.port)
        var settings: [(String, String)] = [
            ("port", String(port)), ("listen_addresses", "127.0.0.1"),
            ("unix_socket_directories", usesSocket ? socketDirectory : ""),
            ("unix_socket_permissions", "0700"), ("max_connections", "300"),
            ("log_min_messages", "warning"), ("log_checkpoints", "off"), ("jit", "off"),
            ("wal_level", "replica"),
        ]
        if !configuration.isDurable {
            settings += [
                ("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"),
                ("shared_buffers", "64MB"), ("wal_level", "minimal"), ("max_wal_senders", "0"),
            ]
        }
        settings += configuration.settings.map { ($0.name, $0.value) }
        var arguments = [binaries + "/postgres", "-D", data]
        for (name, value) in settings { arguments += ["-c", "\(name)=\(value)"] }
        let start = PostgresFiles.size(of: logFile)
        let pid = try account.spawn(arguments, log: logFile)
        // Its pid file comes a moment later; until then it may only die.
        while processID == nil {
            if PostgresFiles.hasExited(pid) {
                throw PostgresServerError(
                    "PostgreSQL did not start: \(PostgresFiles.tail(of: logFile, from: start))")
            }
            usleep(2_000)
        }
    }

    private func waitUntilAccepting() throws {
        let deadline = ContinuousClock.now + Self.startTimeout
        while !isAccepting() {
            if let pid = processID { _ = PostgresFiles.hasExited(pid) }
            guard processID != nil else {
                throw PostgresServerError(
                    "PostgreSQL did not start: \(PostgresFiles.tail(of: logFile))")
            }
            guard ContinuousClock.now < deadline else {
                throw PostgresServerError(
                    "PostgreSQL did not accept connections within \(Self.startTimeout).")
            }
            usleep(5_000)
        }
    }

    func stopBlocking() throws {
        guard let pid = processID else { return }
        // "Fast": sessions are broken off, and a checkpoint is written.
        guard kill(pid, SIGINT) == 0 || errno == ESRCH else {
            throw PostgresServerError(
                "PostgreSQL (\(pid)) cannot be stopped: \(PostgresFiles.lastError()).")
        }
        let deadline = ContinuousClock.now + Self.startTimeout
        while processID == pid, !PostgresFiles.hasExited(pid) {
            guard ContinuousClock.now < deadline else {
                throw PostgresServerError(
                    "PostgreSQL (\(pid)) did not stop within \(Self.startTimeout).")
            }
            usleep(5_000)
        }
    }

    private func randomPassword() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<4).map { _ in String(random.next() as UInt64, radix: 36) }.joined()
    }
}
