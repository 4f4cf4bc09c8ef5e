internal import Database
internal import Glibc
internal import Runtime

/// Keeps the private PostgreSQL running: looks now and then, and starts it again when it is gone.
struct PostgresKeeper: Sendable {
    static let interval: Duration = .milliseconds(200)

    let server: PostgresServer
    let loop: EventLoop
    /// Told when it was started, and when it could not be.
    let notify: @Sendable (Supervisor.Notice) -> Void

    /// Starts it, or finds the one that runs already.
    func start() async throws -> PostgresServer.Address {
        do {
            let address = try await server.start()
            if let pid = server.processID { notify(.started(program: "postgres", pid: pid)) }
            return address
        } catch let error as PostgresServerError {
            throw Complaint(error.description, status: ExitStatus.unavailable)
        }
    }

    /// Never returns but by cancellation.
    func keep() async throws {
        var last = server.processID
        while true {
            try await loop.sleep(for: Self.interval)
            if server.processID != nil { continue }
            if let pid = last {
                // A child of ours stays a zombie until somebody asks how it ended.
                waitpid(pid, nil, WNOHANG)
                notify(.ended(program: "postgres", how: "is gone", restartIn: .zero))
            }
            last = nil
            do {
                _ = try await start()
                last = server.processID
            } catch {
                notify(.failed(program: "postgres", reason: "\(error)"))
                try await loop.sleep(for: .milliseconds(500))
            }
        }
    }
}
