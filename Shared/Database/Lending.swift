internal import Runtime

/// Who has which connection and who waits for one. Everything runs on the loop.
///
/// A single statement takes an idle connection; when there is none and no more may be opened it
/// shares one that is busy with other single statements; when those are deep enough, it waits.
final class Lending: ConnectionOwner, @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop's thread; the `async` methods hop there.

    /// Between two failed attempts to connect: doubling from the first to the last.
    static let firstBackoff = Duration.milliseconds(50)
    static let lastBackoff = Duration.seconds(1)
    /// How often idle connections and silent servers are looked for.
    static let tick = Duration.seconds(1)
    /// How much longer than a statement may run a server may be silent.
    static let silenceGrace = Duration.seconds(5)

    let configuration: DatabaseConfiguration
    let loop: EventLoop
    let logger: Logger
    let metrics: PoolMetrics

    var connections: [Connection] = []
    var idle: [Connection] = []
    var waiters = FIFO<Waiter>()
    var openers: [ConnectionOpener] = []
    var lastFailure: DatabaseError?
    var backoff = Lending.firstBackoff
    var isBackingOff = false
    var backoffTimer: LoopTimer?
    var expiryTimer: LoopTimer?
    var tickTimer: LoopTimer?
    var isClosed = false
    var closers: [UnsafeContinuation<Void, Never>] = []

    /// Somebody who waits: with a statement, or for a whole connection.
    final class Waiter {
        let request: Request?
        var lease: UnsafeContinuation<Connection, any Error>?
        let ticket: LeaseTicket?
        let deadline: ContinuousClock.Instant

        init(
            request: Request?, lease: UnsafeContinuation<Connection, any Error>?,
            ticket: LeaseTicket?, deadline: ContinuousClock.Instant
        ) {
            self.request = request
            self.lease = lease
            self.ticket = ticket
            self.deadline = deadline
        }

        func fail(_ error: DatabaseError) {
            request?.finish(.failure(error))
            lease.take()?.resume(throwing: error)
        }
    }

    /// Names one caller of `acquire`, for its cancellation.
    final class LeaseTicket: @unchecked Sendable {
        // Safety of `@unchecked`: confined to the loop.
        var isCancelled = false
    }

    init(
        _ configuration: DatabaseConfiguration, loop: EventLoop, logger: Logger,
        metrics: PoolMetrics
    ) {
        self.configuration = configuration
        self.loop = loop
        self.logger = logger
        self.metrics = metrics
    }

    // MARK: From any task

    func perform(_ request: Request) async throws -> [QueryResult] {
        if Task.isCancelled { throw DatabaseError.cancelledBeforeSending }
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                loop.perform {
                    request.continuation = continuation
                    self.submit(request)
                }
            }
        } onCancel: {
            loop.submit { self.cancel(request) }
        }
    }

    func acquire() async throws -> Connection {
        if Task.isCancelled { throw DatabaseError.cancelledBeforeSending }
        let ticket = LeaseTicket()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                loop.perform { self.lend(continuation, ticket) }
            }
        } onCancel: {
            loop.submit { self.cancel(ticket) }
        }
    }

    func close() async {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                loop.perform { self.startClosing(continuation) }
            }
        } onCancel: {
            loop.submit { for connection in self.connections { connection.close(.closed) } }
        }
    }

    // MARK: Requests

    private func submit(_ request: Request) {
        if let refusal = request.refusal ?? refusal() {
            return request.finish(.failure(refusal))
        }
        if waiters.isEmpty {
            if let connection = takeIdle() { return connection.enqueue(request) }
            if !mayOpen, let connection = leastBusy() { return connection.enqueue(request) }
        }
        wait(Waiter(request: request, lease: nil, ticket: nil, deadline: deadline()))
    }

    private func lend(
        _ continuation: UnsafeContinuation<Connection, any Error>, _ ticket: LeaseTicket
    ) {
        if ticket.isCancelled {
            return continuation.resume(throwing: DatabaseError.cancelledBeforeSending)
        }
        if let refusal = refusal() { return continuation.resume(throwing: refusal) }
        if waiters.isEmpty, let connection = takeIdle() {
            connection.isLent = true
            return continuation.resume(returning: connection)
        }
        wait(Waiter(request: nil, lease: continuation, ticket: ticket, deadline: deadline()))
    }

    private func refusal() -> DatabaseError? {
        if isClosed { return DatabaseError(.closed, "The pool is closed.") }
        if waiters.count >= configuration.waitersLimit {
            return DatabaseError(
                .poolExhausted, "\(waiters.count) callers wait for a connection already.")
        }
        return nil
    }

    private func deadline() -> ContinuousClock.Instant { .now + configuration.acquireTimeout }

    private func wait(_ waiter: Waiter) {
        waiters.append(waiter)
        metrics.waiting(waiters.count)
        if waiters.count == 1 { armExpiry() }
        openAsNeeded()
    }

    private func cancel(_ request: Request) {
        request.wasCancelled = true
        if let connection = request.connection { return connection.cancel(request) }
        if waiters.remove(where: { $0.request === request }) != nil {
            metrics.waiting(waiters.count)
        }
        request.finish(.failure(.cancelledBeforeSending))
    }

    private func cancel(_ ticket: LeaseTicket) {
        ticket.isCancelled = true
        guard let waiter = waiters.remove(where: { $0.ticket === ticket }) else { return }
        metrics.waiting(waiters.count)
        waiter.fail(.cancelledBeforeSending)
    }

    // MARK: Connections

    /// The one that was used last: the others grow old and are closed.
    private func takeIdle() -> Connection? {
        while let connection = idle.popLast() {
            guard connection.isOpen else { continue }
            metrics.inUse(connections.count - idle.count)
            startTicking()
            return connection
        }
        return nil
    }

    private func leastBusy() -> Connection? {
        var best: Connection?
        for connection in connections where connection.isOpen && !connection.isLent {
            let depth = connection.inFlight.count + connection.waiting.count
            guard depth < configuration.sharedDepth, !connection.isCancelling else { continue }
            if depth < best.map({ $0.inFlight.count + $0.waiting.count }) ?? .max {
                best = connection
            }
        }
        return best
    }

    /// Whether statements that wait go behind others: not while a connection of their own is being
    /// opened, because what they would stand behind may be waiting for a lock.
    private var isShared: Bool { waiters.count > openers.count }

    func connectionHasRoom(_ connection: Connection) {
        guard connection.isOpen, !connection.isLent else { return }
        while let waiter = waiters.first {
            if let request = waiter.request {
                let depth = connection.inFlight.count + connection.waiting.count
                guard depth < configuration.sharedDepth, depth == 0 || isShared else { break }
                _ = waiters.popFirst()
                connection.enqueue(request)
            } else {
                // A whole connection: this one drains first, since nobody shares while some wait.
                guard !connection.isBusy else { break }
                _ = waiters.popFirst()
                connection.isLent = true
                waiter.lease.take()?.resume(returning: connection)
                break
            }
        }
        if connection.isOpen, !connection.isLent, !connection.isBusy { rest(connection) }
        metrics.waiting(waiters.count)
        metrics.inUse(connections.count - idle.count)
    }

    private func rest(_ connection: Connection) {
        if isClosed { return connection.close(.closed) }
        if !idle.contains(where: { $0 === connection }) { idle.append(connection) }
    }

    func connectionIsLost(_ connection: Connection, _ error: DatabaseError) {
        connections.removeAll { $0 === connection }
        idle.removeAll { $0 === connection }
        metrics.open(connections.count)
        metrics.inUse(connections.count - idle.count)
        if error.code != .closed {
            logger.notice("a connection to the database was lost", ["error": "\(error)"])
        }
        if isClosed { finishClosing() } else { openAsNeeded() }
    }

    func didFinish(_ request: Request, _ duration: Duration, _ error: DatabaseError?) {
        if request.isMaintenance { return }
        metrics.finished(duration, isFailure: error != nil)
        if duration >= configuration.slowStatement {
            logger.notice(
                "slow statement",
                ["statement": request.statements[0].text, "milliseconds": duration.inMilliseconds])
        }
    }
}
