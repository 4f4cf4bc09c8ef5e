internal import CPostgres
internal import Glibc
internal import Runtime

extension Connection {
    // MARK: Sending (on the loop)

    func enqueue(_ request: Request) {
        guard isOpen else { return request.finish(.failure(ending)) }
        if let refusal = request.refusal { return request.finish(.failure(refusal)) }
        request.connection = self
        waiting.append(.request(request))
        pump()
    }

    /// Sends whatever may be sent now.
    func pump() {
        while isOpen, !isCancelling, direct == nil, let next = waiting.first {
            switch next {
            case .request(let request):
                _ = waiting.popFirst()
                guard send(request) else { return close(lostError()) }
            case .direct(let turn):
                guard inFlight.isEmpty else { return }
                _ = waiting.popFirst()
                direct = turn
                turn.begin()
            }
        }
        if isOpen && !isBusy { becameIdle() }
    }

    private func becameIdle() {
        idleSince = .now
        if isReturning { finishReturn() } else { owner?.connectionHasRoom(self) }
    }

    private func send(_ request: Request) -> Bool {
        guard let handle else { return false }
        let now = ContinuousClock.now
        if inFlight.isEmpty { lastProgress = now }
        if request.start == nil { request.start = now }
        deallocateEvicted(handle)
        // From here on something of it may have left, and whoever closes answers it.
        request.isSent = true
        inFlight.append(request)
        if let prefix = request.prefix {
            guard sendDirect(prefix, handle) else { return false }
            request.steps.append(.hidden)
        }
        for index in request.statements.indices {
            guard send(request, index, handle) else { return false }
        }
        return PQpipelineSync(handle) == 1 && flush()
    }

    private func send(_ request: Request, _ index: Int, _ handle: OpaquePointer) -> Bool {
        let sql = request.statements[index]
        let plan = request.isMaintenance ? .direct : cache.plan(for: sql)
        var used: StatementCache.Prepared?
        let isSent: Bool
        switch plan {
        case .direct: isSent = sendDirect(sql, handle)
        case .execute(let prepared):
            used = prepared
            isSent = sendPrepared(prepared, sql, handle)
        case .prepare(let prepared):
            used = prepared
            let types = prepared.types.map(\.rawValue)
            isSent =
                PQsendPrepare(handle, prepared.name, sql.text, CInt(types.count), types) == 1
                && sendPrepared(prepared, sql, handle)
            request.steps.append(.preparation(index, prepared))
        }
        request.prepared.append(used)
        request.steps.append(.statement(index))
        return isSent
    }

    func sendDirect(_ sql: SQL, _ handle: OpaquePointer) -> Bool {
        sql.parameters.bytes.withUnsafeBytes { bytes in
            scratch.fill(sql.parameters, base: bytes.baseAddress ?? Self.emptyBase)
            return PQsendQueryParams(
                handle, sql.text, CInt(scratch.values.count), scratch.types, scratch.values,
                scratch.lengths, scratch.formats, 1) == 1
        }
    }

    private func sendPrepared(
        _ prepared: StatementCache.Prepared, _ sql: SQL, _ handle: OpaquePointer
    ) -> Bool {
        sql.parameters.bytes.withUnsafeBytes { bytes in
            scratch.fill(sql.parameters, base: bytes.baseAddress ?? Self.emptyBase)
            return PQsendQueryPrepared(
                handle, prepared.name, CInt(scratch.values.count), scratch.values,
                scratch.lengths, scratch.formats, 1) == 1
        }
    }

    /// Stands for the bytes of parameters that have none.
    private static var emptyBase: UnsafeRawPointer { UnsafeRawPointer(bitPattern: 16)! }

    /// Outside transactions only: in a failed one it would be refused.
    private func deallocateEvicted(_ handle: OpaquePointer) {
        guard !cache.evicted.isEmpty, inFlight.isEmpty,
            PQtransactionStatus(handle) == PQTRANS_IDLE
        else { return }
        let request = Request(cache.takeEvicted().map { "deallocate \(identifier: $0)" })
        request.isMaintenance = true
        waiting.append(.request(request))
    }

    /// Gives libpq's buffer to the socket; false when the connection is broken.
    func flush() -> Bool {
        guard let handle else { return false }
        let left = PQflush(handle)
        if left < 0 { return false }
        isInterestedInWriting = left > 0
        updateInterest()
        return true
    }

    func updateInterest() {
        // While a reader of a large result works, the socket's buffer fills and the server waits.
        let mayRead = direct?.mayRead ?? true
        var interest: FileDescriptorWatch.Interest = mayRead ? .readable : []
        if isInterestedInWriting { interest.insert(.writable) }
        watch?.wait(for: interest)
    }

    // MARK: Receiving (on the loop)

    func becameReady(_ ready: FileDescriptorWatch.Interest) {
        guard let handle else { return }
        var isAlive = true
        if ready.contains(.readable) {
            isAlive = PQconsumeInput(handle) == 1
            lastProgress = .now
        }
        if isAlive && isInterestedInWriting { isAlive = flush() }
        if direct != nil {
            direct?.proceed()
        } else {
            readResults()
            // Whoever wants the connection alone waited for these answers.
            if inFlight.isEmpty && !waiting.isEmpty { pump() }
        }
        takeNotifications()
        if !isAlive || self.handle.map({ PQstatus($0) == CONNECTION_BAD }) == true {
            return close(lostError())
        }
        if isOpen && !isBusy { becameIdle() } else { owner?.connectionHasRoom(self) }
    }

    private func readResults() {
        while let handle, let request = inFlight.first, PQisBusy(handle) == 0 {
            guard let result = PQgetResult(handle) else {
                request.step += 1
                continue
            }
            let status = PQresultStatus(result)
            if status == PGRES_PIPELINE_SYNC {
                PQclear(result)
                _ = inFlight.popFirst()
                finish(request)
                continue
            }
            take(result, status, request)
            if PQstatus(handle) == CONNECTION_BAD { return }
        }
    }

    private func take(_ result: OpaquePointer, _ status: ExecStatusType, _ request: Request) {
        guard request.step < request.steps.count else {
            PQclear(result)
            return
        }
        switch (request.steps[request.step], status) {
        case (_, PGRES_PIPELINE_ABORTED): PQclear(result)
        case (let step, PGRES_FATAL_ERROR), (let step, PGRES_BAD_RESPONSE):
            fail(request, step, result)
            PQclear(result)
        case (.preparation(let index, let prepared), _):
            cache.confirm(prepared, text: request.statements[index].text)
            PQclear(result)
        case (.hidden, _): PQclear(result)
        case (.statement(let index), PGRES_TUPLES_OK), (.statement(let index), PGRES_COMMAND_OK),
            (.statement(let index), PGRES_EMPTY_QUERY):
            let prepared = request.prepared[index]
            let kept = QueryResult(owning: result, layout: prepared?.layout)
            prepared?.layout = kept.layout
            if status == PGRES_COMMAND_OK && strcmp(PQcmdStatus(result), "SET") == 0 {
                isChanged = true
            }
            request.results.append(kept)
        default:
            PQclear(result)
            request.error =
                request.error
                ?? DatabaseError(
                    .protocolViolation, "COPY goes through copyIn and copyOut only.")
            close(lostError())
        }
    }

    private func fail(_ request: Request, _ step: Request.Step, _ result: OpaquePointer) {
        if request.error != nil { return }
        var error = DatabaseError(result: result, statement: nil)
        switch step {
        case .hidden: break
        case .statement(let index):
            error.statement = request.statements[index].text
            if request.statements.count > 1 { error.statementIndex = index }
        case .preparation(let index, let prepared):
            error.statement = request.statements[index].text
            if request.statements.count > 1 { error.statementIndex = index }
            let text = request.statements[index].text
            cache.forget(prepared, text: text, isKnownToServer: false)
        }
        if error.code == .timeout && request.wasCancelled { error.code = .cancelled }
        request.error = error
    }

    private func finish(_ request: Request) {
        if request.error != nil { forgetUnconfirmed(request) }
        if isStale(request) {
            request.rewind()
            request.wasResent = true
            waiting.prepend(.request(request))
            return pump()
        }
        if let start = request.start {
            owner?.didFinish(request, ContinuousClock.now - start, request.error)
        }
        if let error = request.error {
            request.finish(.failure(error))
            if request.isMaintenance { close(error) }
        } else if request.results.count < request.statements.count {
            let error = DatabaseError(.protocolViolation, "The server left a statement out.")
            request.finish(.failure(error))
            close(error)
        } else {
            request.finish(.success(request.results))
        }
        cancelIfAbandoned()
    }

    /// What was to be prepared after the failure was not.
    private func forgetUnconfirmed(_ request: Request) {
        for case .preparation(let index, let prepared) in request.steps where !prepared.isReady {
            let text = request.statements[index].text
            cache.forget(prepared, text: text, isKnownToServer: false)
        }
    }

    /// Whether a prepared statement fell behind the schema ("cached plan must not change result
    /// type"): nothing of the request stayed then, unless it stood in a transaction of its
    /// caller's.
    private func isStale(_ request: Request) -> Bool {
        guard let error = request.error,
            error.sqlState == "26000"
                || (error.sqlState == "0A000" && error.message.hasPrefix("cached plan"))
        else { return false }
        for (index, prepared) in request.prepared.enumerated() {
            guard let prepared else { continue }
            let isKnown = error.sqlState != "26000"
            let text = request.statements[index].text
            cache.forget(prepared, text: text, isKnownToServer: isKnown)
        }
        let isAlone = handle.map { PQtransactionStatus($0) == PQTRANS_IDLE } ?? false
        return !request.wasResent && !request.isMaintenance && (request.isShared || isAlone)
    }

    // MARK: The end

    /// What libpq says about a connection that just broke.
    func lostError() -> DatabaseError {
        var text = handle.map { String(cString: PQerrorMessage($0)) } ?? ""
        while text.last?.isWhitespace == true { text.removeLast() }
        return DatabaseError(
            .connectionLost, text.isEmpty ? "The connection was closed by the server." : text)
    }

    /// Closes at once and answers everybody: what was sent has an unknown outcome.
    func close(_ error: DatabaseError) {
        guard let handle = handle.take() else { return }
        if error.code != .closed, error.code != .timeout {
            // Lost since the last statement: whoever has it may begin anew.
            ending = DatabaseError(.connectionLost, error.message)
        }
        watch?.stop()
        watch = nil
        PQfinish(handle)
        while let request = inFlight.popFirst() {
            var failure = error
            if request.error?.code == .protocolViolation, let own = request.error { failure = own }
            failure.isOutcomeUnknown = true
            failure.statement = request.statements.first?.text
            request.finish(.failure(failure))
        }
        while let turn = waiting.popFirst() {
            switch turn {
            case .request(let request): request.finish(.failure(error))
            case .direct(let direct): direct.fail(error)
            }
        }
        if let direct = direct.take() {
            var failure = error
            failure.isOutcomeUnknown = true
            direct.fail(failure)
        }
        for subscriber in subscribers { subscriber.finish(throwing: error) }
        subscribers = []
        owner?.connectionIsLost(self, error)
    }

    /// Closes when the server is silent for longer than statements may run.
    func checkPatience(_ now: ContinuousClock.Instant, grace: Duration) {
        guard statementLimit > .zero,
            isCancelling || !inFlight.isEmpty || direct?.isWaiting == true
        else { return }
        guard now - lastProgress > statementLimit + grace else { return }
        close(DatabaseError(.timeout, "The server is silent.", isOutcomeUnknown: true))
    }
}
