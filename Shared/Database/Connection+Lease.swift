internal import CPostgres
internal import Runtime

extension Connection {
    /// Runs `body` in a transaction on this connection: committed when it returns, rolled back when
    /// it throws. See `DatabasePool.withTransaction`. Not for use inside another one.
    public func withTransaction<R>(
        isolation: Isolation = .readCommitted, readOnly: Bool = false,
        statementTimeout: Duration? = nil, _ body: (Connection) async throws -> R
    ) async throws -> R {
        let access = readOnly ? "read only" : "read write"
        begin(
            SQL(unsafe: "begin isolation level \(isolation.rawValue), \(access)"), statementTimeout)
        let result: R
        do {
            result = try await body(self)
        } catch {
            let isRolledBack = await rollBack()
            guard isRolledBack, var known = error as? DatabaseError else { throw error }
            // Nothing was committed, whatever became of the statement.
            known.isOutcomeUnknown = false
            throw known
        }
        do {
            try await commit()
        } catch {
            _ = await rollBack()
            throw error
        }
        return result
    }

    /// Sent ahead of the first statement of the transaction, in the same breath; if the server
    /// refuses it the connection closes, so that nothing runs outside of a transaction.
    private func begin(_ statement: SQL, _ statementTimeout: Duration?) {
        var statements = [statement]
        if let timeout = statementTimeout {
            statements.append(.settingStatementTimeout(timeout))
        }
        let request = Request(statements)
        request.isMaintenance = true
        loop.perform {
            if let timeout = statementTimeout { self.statementLimit = timeout }
            self.enqueue(request)
        }
    }

    private func commit() async throws {
        do {
            let result = try await perform(Request(["commit"]), ignoringCancellation: true)[0]
            if result.tag == "COMMIT" { return }
        } catch let error as DatabaseError where error.code == .closed {
            throw DatabaseError(.connectionLost, "The connection was lost before the commit.")
        }
        throw DatabaseError(
            .transactionFailed,
            "A statement of the transaction had failed, so it was rolled back.")
    }

    /// - Returns: whether the transaction was open until now; a lost connection has no other end
    ///   for it either.
    private func rollBack() async -> Bool {
        let isOpen = await withUnsafeContinuation { continuation in
            loop.perform {
                self.statementLimit = self.configuredLimit
                let status = self.handle.map { PQtransactionStatus($0) } ?? PQTRANS_UNKNOWN
                continuation.resume(returning: status != PQTRANS_IDLE)
            }
        }
        // A connection that cannot is closed, which rolls back as well.
        if isOpen {
            _ = try? await perform(Request(["rollback"]), ignoringCancellation: true)
        }
        return isOpen
    }

    // MARK: Locks

    /// Takes the lock of this name in the present schema, until `unlock`, or until the connection
    /// has gone back to the pool: so it is given up soon, whatever happens meanwhile.
    ///
    /// - Returns: false while another connection has it.
    public func tryLock(_ name: String) async throws -> Bool {
        loop.perform { self.mayHoldLocks = true }
        return try await query(
            "select pg_try_advisory_lock(hashtext(current_schema()), hashtext(\(name)))"
        ).first?.get(0) ?? false
    }

    /// Gives a lock up; when it returns, others can take it.
    public func unlock(_ name: String) async throws {
        _ = try await query(
            "select pg_advisory_unlock(hashtext(current_schema()), hashtext(\(name)))")
    }

    // MARK: Notifications

    /// Listens to a channel of NOTIFY until the connection goes back to the pool.
    public func listen(_ channel: String) async throws {
        loop.perform { self.isListening = true }
        _ = try await perform(Request(["listen \(identifier: channel)"]))
    }

    /// What arrives on the channels listened to. It ends with an error when the connection is lost,
    /// and quietly when it goes back. At most `notificationLimit` wait; then the oldest are
    /// dropped, so read notifications as hints.
    public var notifications: AsyncThrowingStream<DatabaseNotification, any Error> {
        let (stream, feed) = AsyncThrowingStream.makeStream(
            of: DatabaseNotification.self, throwing: (any Error).self,
            bufferingPolicy: .bufferingNewest(Self.notificationLimit))
        loop.perform {
            if self.isOpen {
                self.subscribers.append(feed)
            } else {
                feed.finish(throwing: DatabaseError.closed)
            }
        }
        return stream
    }

    /// On the loop.
    func takeNotifications() {
        guard isListening else { return }
        while let handle, let notification = PQnotifies(handle) {
            let received = DatabaseNotification(
                channel: String(cString: notification.pointee.relname),
                payload: String(cString: notification.pointee.extra))
            PQfreemem(notification)
            for subscriber in subscribers { subscriber.yield(received) }
        }
    }

    // MARK: Going back (on the loop)

    func giveBack() {
        guard isOpen else { return }
        if isBusy {
            isReturning = true
        } else {
            finishReturn()
        }
    }

    /// Leaves no transaction and no setting behind; what that needs is queued ahead of the next
    /// use.
    func finishReturn() {
        isReturning = false
        statementLimit = configuredLimit
        for subscriber in subscribers { subscriber.finish() }
        subscribers = []
        var cleanup: [SQL] = []
        if let handle, PQtransactionStatus(handle) != PQTRANS_IDLE { cleanup.append("rollback") }
        if isListening { cleanup.append("unlisten *") }
        if isChanged { cleanup.append("reset all") }
        if mayHoldLocks { cleanup.append("select pg_advisory_unlock_all()") }
        isListening = false
        isChanged = false
        mayHoldLocks = false
        for statement in cleanup {
            let request = Request([statement])
            request.isMaintenance = true
            enqueue(request)
        }
        isLent = false
        if isOpen { owner?.connectionHasRoom(self) }
    }
}

extension SQL {
    /// For the rest of the transaction.
    static func settingStatementTimeout(_ timeout: Duration) -> SQL {
        "select set_config('statement_timeout', \(timeout.postgresMilliseconds), true)"
    }
}

/// One NOTIFY.
public struct DatabaseNotification: Sendable, Hashable {
    public let channel: String
    public let payload: String
}
