internal import CPostgres
internal import Runtime

/// The time in which one operation has the connection to itself, out of pipeline mode: scripts,
/// large reads and COPY.
///
/// States: queued → begun (`begin`) → ended (`end`); `wait` polls libpq at once and whenever the
/// socket is ready. Outside `wait` nothing is read: that is the back-pressure.
final class DirectTurn: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop, apart from `connection`.
    let connection: Connection
    private var starter: UnsafeContinuation<Void, any Error>?
    private var poll: (() -> Bool)?
    private var failNow: ((DatabaseError) -> Void)?
    private var wasCancelled = false
    /// COPY IN is not interrupted by the server while it waits for us: then the connection closes.
    var closesOnCancel = false

    init(_ connection: Connection) { self.connection = connection }

    var isWaiting: Bool { poll != nil }
    var mayRead: Bool { poll != nil }

    // MARK: For the connection, on the loop

    func begin() {
        guard let starter = starter.take() else { return }
        guard let handle = connection.handle, PQexitPipelineMode(handle) == 1 else {
            starter.resume(
                throwing: DatabaseError(.protocolViolation, "The pipeline is not empty."))
            return connection.close(connection.lostError())
        }
        connection.updateInterest()
        starter.resume()
    }

    func proceed() {
        guard let poll, poll() else { return }
        self.poll = nil
        failNow = nil
        connection.updateInterest()
    }

    func fail(_ error: DatabaseError) {
        starter.take()?.resume(throwing: error)
        poll = nil
        failNow.take()?(error)
    }

    // MARK: For the operation, from any task

    func start() async throws {
        if Task.isCancelled { throw DatabaseError.cancelledBeforeSending }
        try await withUnsafeThrowingContinuation {
            (continuation: UnsafeContinuation<Void, any Error>) in
            connection.loop.perform { [self] in
                guard connection.isOpen else {
                    return continuation.resume(throwing: DatabaseError.closed)
                }
                starter = continuation
                connection.waiting.append(.direct(self))
                connection.pump()
            }
        }
    }

    /// Polls with `attempt`, on the loop, until it gives a value.
    func wait<T: Sendable>(
        ignoringCancellation: Bool = false,
        _ attempt: @escaping @Sendable (OpaquePointer) throws -> T?
    ) async throws -> T {
        if ignoringCancellation { return try await polling(attempt) }
        return try await withTaskCancellationHandler {
            try await polling(attempt)
        } onCancel: {
            connection.loop.submit { self.cancel() }
        }
    }

    private func polling<T: Sendable>(
        _ attempt: @escaping @Sendable (OpaquePointer) throws -> T?
    ) async throws -> T {
        try await withUnsafeThrowingContinuation {
            (continuation: UnsafeContinuation<T, any Error>) in
            connection.loop.perform { [self] in
                guard let handle = connection.handle else {
                    return continuation.resume(throwing: DatabaseError.closed)
                }
                connection.lastProgress = .now
                failNow = { continuation.resume(throwing: $0) }
                poll = {
                    do {
                        guard let value = try attempt(handle) else { return false }
                        continuation.resume(returning: value)
                    } catch {
                        continuation.resume(throwing: self.translated(error))
                    }
                    return true
                }
                proceed()
                connection.updateInterest()
            }
        }
    }

    private func translated(_ error: any Error) -> any Error {
        guard wasCancelled, var known = error as? DatabaseError, known.code == .timeout else {
            return error
        }
        known.code = .cancelled
        return known
    }

    private func cancel() {
        guard connection.direct === self, connection.isOpen, !wasCancelled else { return }
        wasCancelled = true
        if closesOnCancel {
            connection.close(.cancelledBeforeSending)
        } else {
            connection.startCancel()
        }
    }

    /// Sends something and gives it to the socket.
    func send(_ body: @escaping @Sendable (OpaquePointer) -> Bool) async throws {
        try await wait(ignoringCancellation: true) { [connection] (handle) -> Void? in
            guard body(handle), connection.flush() else { throw connection.lostError() }
            return ()
        }
    }

    /// Reads to the end of the results; with `discarding` also through a COPY, whatever happens.
    ///
    /// - Returns: the rows that the last command touched.
    @discardableResult
    func drain(discarding: Bool = false) async throws -> Int {
        let outcome = DrainOutcome()
        return try await wait(ignoringCancellation: discarding) { [connection] handle in
            while PQisBusy(handle) == 0 {
                guard let result = PQgetResult(handle) else {
                    if let error = outcome.error { throw error }
                    return outcome.affected
                }
                defer { PQclear(result) }
                if discarding, PQresultStatus(result) == PGRES_COPY_OUT {
                    guard Self.discardCopy(handle) else { return nil }
                    continue
                }
                outcome.take(result)
                if outcome.isStuck || PQstatus(handle) == CONNECTION_BAD {
                    throw outcome.error ?? connection.lostError()
                }
            }
            return nil
        }
    }

    /// Whether the rest of a COPY has come and is thrown away.
    private static func discardCopy(_ handle: OpaquePointer) -> Bool {
        var line: UnsafeMutablePointer<CChar>?
        while true {
            let length = PQgetCopyData(handle, &line, 1)
            if length > 0 { PQfreemem(line) } else { return length != 0 }
        }
    }

    /// Stops what still runs and reads the rest away, so that the connection can be used again.
    func abandon() async {
        await onLoop { connection in connection.startCancel() }
        _ = try? await drain(discarding: true)
    }

    /// Gives the connection back to pipelining.
    func end() async {
        await onLoop { connection in
            guard connection.direct === self else { return }
            connection.direct = nil
            guard let handle = connection.handle else { return }
            // Libpq keeps single-row mode for the first statement after it enters pipeline mode;
            // starting a statement, even none, ends it.
            _ = PQsendQuery(handle, nil)
            guard PQtransactionStatus(handle) != PQTRANS_ACTIVE, PQenterPipelineMode(handle) == 1
            else {
                return connection.close(
                    DatabaseError(.protocolViolation, "A result was not read to its end."))
            }
            connection.updateInterest()
            connection.pump()
        }
    }

    private func onLoop(_ body: @escaping @Sendable (Connection) -> Void) async {
        await withUnsafeContinuation { continuation in
            connection.loop.perform { [connection] in
                body(connection)
                continuation.resume()
            }
        }
    }
}

/// What the results of a script said so far.
private final class DrainOutcome: @unchecked Sendable {
    // Safety of `@unchecked`: touched on the loop only.
    var error: DatabaseError?
    var affected = 0
    /// COPY was begun by something that cannot serve it.
    var isStuck = false

    func take(_ result: OpaquePointer) {
        switch PQresultStatus(result) {
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
            if error == nil { error = DatabaseError(result: result, statement: nil) }
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            isStuck = true
            error = DatabaseError(
                .protocolViolation, "COPY goes through copyIn and copyOut only.")
        default:
            affected = Int(String(cString: PQcmdTuples(result))) ?? 0
        }
    }
}
