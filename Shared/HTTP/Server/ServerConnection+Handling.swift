internal import Runtime
internal import Synchronization

/// From requests to responses.
extension ServerConnection {
    /// Starts the handler, on this thread and at once; if it has to wait for something, it goes on
    /// later on the same loop.
    func dispatch(_ exchange: ServerExchange) {
        guard let head = exchange.head.take() else { return }
        let state = server.state
        let running = state.requestsInFlight.add(1, ordering: .relaxed).newValue
        guard running <= limits.requestsInFlight else {
            state.requestsInFlight.subtract(1, ordering: .relaxed)
            state.overloaded.add(1, ordering: .relaxed)
            exchange.isBodyDropped = true
            return send(state.overload.response(), exchange)
        }
        let request = HTTPRequest(
            method: head.method, target: head.target, headers: head.headers,
            body: body(of: exchange), remoteAddress: remoteAddress)
        let task = Task.immediate(executorPreference: server.loop) { [self] in
            do {
                deliver(try await state.handler(request), to: request, exchange)
            } catch {
                deliver(state.response(to: error, request), to: request, exchange)
            }
            if exchange.streamed != nil { await stream(exchange) }
            server.forget(exchange)
            state.requestsInFlight.subtract(1, ordering: .relaxed)
        }
        if self.exchange === exchange { exchange.task = task }
    }

    private func body(of exchange: ServerExchange) -> HTTPBody {
        let gathered = exchange.gathered
        exchange.gathered = []
        if exchange.isBodyComplete { return HTTPBody(gathered) }
        let loop = server.loop
        let pipe = BodyPipe(window: limits.bodyWindow) { [weak self, weak exchange] in
            loop.perform { [weak self, weak exchange] in
                if let exchange { self?.bodyIsWanted(exchange) }
            }
        }
        pipe.push(gathered)
        exchange.pipe = pipe
        let reader = BodyReader(pipe) { [weak self, weak exchange] in
            loop.perform { [weak self, weak exchange] in
                if let exchange { self?.bodyIsDropped(exchange) }
            }
        }
        var length: Int?
        if case .length(let remaining) = exchange.body { length = gathered.count + remaining }
        return HTTPBody(length: length) { try await reader.next() }
    }

    private func bodyIsWanted(_ exchange: ServerExchange) {
        guard self.exchange === exchange, !exchange.isBodyComplete else { return }
        lastProgress = server.now
        if exchange.isContinueOwed {
            exchange.isContinueOwed = false
            stream.withOutput { $0.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8) }
            stream.flush()
        }
        if !isConsuming { stream.resumeReading() }
    }

    private func bodyIsDropped(_ exchange: ServerExchange) {
        guard self.exchange === exchange, !exchange.isBodyComplete else { return }
        exchange.isBodyDropped = true
        if !isConsuming, !exchange.isContinueOwed { stream.resumeReading() }
    }

    /// Sends a response that is there whole, or lets the connection become a WebSocket; leaves one
    /// that is still to be streamed with the exchange.
    @inline(never)
    private func deliver(
        _ given: HTTPResponse, to request: HTTPRequest, _ exchange: ServerExchange
    ) {
        guard isCurrent(exchange) else { return }
        let isGood = given.headers.refused == nil
        let response = isGood ? given : server.state.replacement(given, request)
        switch response.body {
        case .empty, .bytes: send(response, exchange)
        case .stream: exchange.streamed = response
        case .upgrade(let handler): upgrade(response, request, handler, exchange)
        }
    }

    /// Whether the connection still waits for this response.
    func isCurrent(_ exchange: ServerExchange) -> Bool {
        server.loop.preconditionCurrent()
        guard case .open = phase else { return false }
        return self.exchange === exchange
    }

    /// Sends a whole response.
    func send(_ response: HTTPResponse, _ exchange: ServerExchange) {
        let body: [UInt8] = if case .bytes(let bytes) = response.body { bytes } else { [] }
        let isBodiless = response.status.isBodiless
        let connection = persistence(exchange)
        let date = server.date
        stream.withOutput { output in
            ResponseHead.append(
                response, isBodiless ? .bodiless : .length(body.count), connection: connection,
                date: date, to: &output)
            if !isBodiless, !exchange.isHead { output.append(contentsOf: body) }
        }
        finish(exchange)
    }

    /// Decides whether the connection stays after this response, and what to say about it.
    func persistence(_ exchange: ServerExchange) -> ResponseHead.Persistence {
        if !exchange.isBodyComplete, exchange.isContinueOwed || !isRestShort(exchange) {
            exchange.isKeptAlive = false
        }
        if isShuttingDown || requestCount >= limits.requestsPerConnection {
            exchange.isKeptAlive = false
        }
        if !exchange.isKeptAlive { return .closed }
        return exchange.isVersion11 ? .keptSilently : .kept
    }

    /// Whether the rest of an unread body is cheaper to read than a new connection is to open.
    private func isRestShort(_ exchange: ServerExchange) -> Bool {
        guard case .length(let remaining) = exchange.body else { return false }
        return remaining <= limits.bodyWindow
    }

    /// The response is written whole: the next request, or the end.
    func finish(_ exchange: ServerExchange) {
        server.state.handled.add(1, ordering: .relaxed)
        exchange.task = nil
        if !exchange.isKeptAlive {
            self.exchange = nil
            exchange.pipe?.fail(HTTPBodyError.incomplete)
            return linger()
        }
        let total = stream.unsentBytes > 0 ? limits.total : limits.idle
        idleDeadline = server.now + min(total, limits.idle).nanoseconds
        if exchange.isBodyComplete {
            self.exchange = nil
        } else {
            // The rest of the body is read away first; the exchange ends with it.
            exchange.isBodyDropped = true
            exchange.isFinished = true
            exchange.pipe?.fail(HTTPBodyError.incomplete)
        }
        if !isConsuming { resumeInput() }
    }
}
