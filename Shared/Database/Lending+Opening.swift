internal import Runtime

extension Lending {
    var mayOpen: Bool {
        !isClosed && connections.count + openers.count < configuration.connections
    }

    /// One attempt for each waiter, as far as the configuration goes.
    func openAsNeeded() {
        while mayOpen, !isBackingOff, openers.count < waiters.count { open() }
    }

    private func open() {
        var opener: ConnectionOpener?
        let made = ConnectionOpener(configuration, on: loop) { [weak self] result in
            guard let self else { return }
            openers.removeAll { $0 === opener }
            opener = nil
            opened(result)
        }
        opener = made
        openers.append(made)
        startTicking()
        made.start()
    }

    private func opened(_ result: Result<ConnectionOpener.ConnectedHandle, DatabaseError>) {
        switch result {
        case .success(let handle):
            backoff = Self.firstBackoff
            lastFailure = nil
            let connection = Connection(
                owning: handle.pointer, on: loop, configuration, owner: self)
            connections.append(connection)
            metrics.open(connections.count)
            if isClosed { return connection.close(.closed) }
            connectionHasRoom(connection)
        case .failure(let error):
            metrics.connectFailed()
            lastFailure = error
            if isClosed { return finishClosing() }
            logger.warning("no connection to the database", ["error": "\(error)"])
            if error.isFinalRefusal && connections.isEmpty { return failWaiters(error) }
            backOff()
        }
    }

    private func backOff() {
        if isBackingOff { return }
        isBackingOff = true
        let timer = LoopTimer(on: loop) { [weak self] in
            self?.isBackingOff = false
            self?.openAsNeeded()
        }
        backoffTimer = timer
        timer.start(after: backoff * Double.random(in: 0.5...1))
        backoff = min(backoff * 2, Self.lastBackoff)
    }

    private func failWaiters(_ error: DatabaseError) {
        while let waiter = waiters.popFirst() { waiter.fail(error) }
        metrics.waiting(0)
    }

    // MARK: Time

    /// Wakes up when the first waiter's time is over; all wait for the same time.
    func armExpiry() {
        guard let first = waiters.first else { return }
        let timer = expiryTimer ?? LoopTimer(on: loop) { [weak self] in self?.expire() }
        expiryTimer = timer
        timer.start(after: first.deadline - .now + .milliseconds(1))
    }

    private func expire() {
        let now = ContinuousClock.now
        while let waiter = waiters.first, waiter.deadline <= now {
            _ = waiters.popFirst()
            metrics.timedOut()
            if connections.isEmpty, let lastFailure {
                waiter.fail(lastFailure)
            } else {
                waiter.fail(
                    DatabaseError(.poolExhausted, "No connection became free in time."))
            }
        }
        metrics.waiting(waiters.count)
        armExpiry()
    }

    func startTicking() {
        if tickTimer != nil { return }
        let timer = LoopTimer(on: loop) { [weak self] in self?.tick() }
        tickTimer = timer
        timer.start(after: Self.tick, repeats: true)
    }

    private func tick() {
        let now = ContinuousClock.now
        for connection in connections {
            connection.checkPatience(now, grace: Self.silenceGrace)
        }
        // The idle ones that were used longest ago stand first.
        while connections.count > 1, let oldest = idle.first,
            now - oldest.idleSince > configuration.idleTimeout
        {
            oldest.close(.closed)
        }
        if connections.isEmpty && openers.isEmpty && waiters.isEmpty {
            tickTimer?.cancel()
            tickTimer = nil
        }
    }

    // MARK: Closing

    func startClosing(_ continuation: UnsafeContinuation<Void, Never>) {
        isClosed = true
        closers.append(continuation)
        failWaiters(DatabaseError(.closed, "The pool is closed."))
        for opener in openers { opener.abort() }
        for connection in idle { connection.close(.closed) }
        finishClosing()
    }

    func finishClosing() {
        guard connections.isEmpty, openers.isEmpty else { return }
        for timer in [backoffTimer, expiryTimer, tickTimer] { timer?.cancel() }
        backoffTimer = nil
        expiryTimer = nil
        tickTimer = nil
        for closer in closers { closer.resume() }
        closers = []
    }
}
