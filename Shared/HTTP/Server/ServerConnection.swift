internal import Runtime
internal import Synchronization

/// One connection of a server: parses requests, hands them to tasks one after the other, and writes
/// the responses in that order. This file holds its life and its deadlines.
final class ServerConnection: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop's thread; tasks of requests are pinned to it.

    enum Phase {
        /// Then any of the others.
        case open
        /// A WebSocket has taken over; then `closed`.
        case upgraded(WebSocketEngine)
        /// The last response is out; what still comes in is thrown away. Then `closed`.
        case lingering(until: LoopTime)
        case closed
    }

    /// Input thrown away after the last response before the connection is cut.
    static let lingeringBytes = 1 << 20

    let server: LoopServer
    let stream: ByteStream
    let remoteAddress: String
    var phase = Phase.open
    let parser = MessageParser(.request)
    var scanner: HeadScanner
    /// What came in and could not be used yet: part of a head, or requests ahead of their turn.
    var backlog: [UInt8] = []
    var exchange: ServerExchange?
    var isConsuming = false
    var isInputEnded = false
    var requestCount = 0
    /// Until when the next request must have begun, or nil when it has.
    var idleDeadline: LoopTime
    var headDeadline: LoopTime?
    /// When bytes of a body last moved, in either direction.
    var lastProgress: LoopTime
    private var lingered = 0

    var limits: HTTPLimits { server.state.limits }
    var isShuttingDown: Bool { server.state.isShuttingDown.load(ordering: .relaxed) }

    init(_ server: LoopServer, _ stream: ByteStream) {
        self.server = server
        self.stream = stream
        remoteAddress = stream.remoteAddress.host
        let limits = server.state.limits
        scanner = HeadScanner(
            maximumBytes: limits.headerBytes, maximumFields: limits.headerCount,
            maximumLine: min(limits.headerBytes, limits.targetBytes + 32))
        lastProgress = server.now
        let isSecure = server.state.tls != nil
        idleDeadline = server.now + (isSecure ? limits.headerRead : limits.idle).nanoseconds
    }

    func start() {
        if let tls = server.state.tls {
            stream.startTLS(tls, self)
        } else {
            stream.start(self)
        }
    }

    // MARK: Deadlines

    /// Called by each tick.
    func check(_ now: LoopTime) {
        switch phase {
        case .lingering(let end):
            if now > end { close() }
        case .upgraded(let engine): engine.check(now)
        case .open: checkOpen(now)
        case .closed: break
        }
    }

    private func checkOpen(_ now: LoopTime) {
        let isStalled = now - lastProgress > limits.stall.nanoseconds
        if let exchange {
            if !exchange.hasReplied, now > exchange.deadline { return timeOut(exchange) }
            if isInputEnded { lookForClient(exchange) }
            let isBodyAwaited = exchange.isFinished || exchange.pipe?.isAwaited == true
            let isWaiting = stream.unsentBytes > 0 || !exchange.isBodyComplete && isBodyAwaited
            if isWaiting, isStalled { close() }
        } else if stream.unsentBytes > 0 {
            if isStalled || now > idleDeadline { close() }
        } else if let headDeadline {
            if now > headDeadline { refuse(ProtocolFault.headTooSlow.problem) }
        } else if now > idleDeadline {
            close()
        }
    }

    /// A client that has closed its end may still wait for its answer, or be gone: the two look the
    /// same until something is sent. An interim response tells them apart: who waits ignores it
    /// (RFC 9110 §15.2), and for who is gone the system answers that nobody takes it. Then the
    /// handler is cancelled, unless it is a command that has been received whole.
    private func lookForClient(_ exchange: ServerExchange) {
        stream.checkPeer()
        guard !exchange.hasReplied, exchange.isVersion11, !exchange.isClientSought else { return }
        exchange.isClientSought = true
        stream.withOutput { $0.append(contentsOf: "HTTP/1.1 102 Processing\r\n\r\n".utf8) }
        stream.flush()
    }

    private func timeOut(_ exchange: ServerExchange) {
        if !exchange.isBodyComplete, exchange.pipe?.isAwaited == true {
            exchange.pipe?.fail(HTTPBodyError.timedOut)
            return refuse(ProtocolFault.bodyTooSlow.problem)
        }
        server.state.logger.warning(
            "request took too long and was cancelled", ["seconds": limits.total.inSeconds])
        refuse(
            Problem(
                "timeout", .serviceUnavailable, "The request took too long",
                headers: server.state.overload.headers))
    }

    /// For how long nothing has been asked here; negative while something is.
    var idleTime: LoopTime {
        guard case .open = phase, exchange == nil, stream.unsentBytes == 0 else { return -1 }
        return server.now - lastProgress
    }

    /// Whether it is its client's turn: to send, to read, or to speak on a WebSocket.
    var waitsForClient: Bool {
        guard case .open = phase, let exchange else { return true }
        return !exchange.isBodyComplete || stream.unsentBytes > 0
    }

    // MARK: Ending

    /// Says why nothing more is taken from this client, and closes once it has had the chance to
    /// read that.
    func refuse(_ problem: Problem) {
        guard case .open = phase else { return }
        server.state.refused.add(1, ordering: .relaxed)
        let exchange = self.exchange
        self.exchange = nil
        exchange?.abandon(.incomplete)
        if let exchange, exchange.hasReplied { return close() }
        let response = problem.response()
        guard case .bytes(let body) = response.body else { return close() }
        let date = server.date
        stream.withOutput { output in
            ResponseHead.append(
                response, .length(body.count), connection: .closed, date: date, to: &output)
            if exchange?.isHead != true { output.append(contentsOf: body) }
        }
        linger()
    }

    /// Sends what is left and reads on for a while: closing with unread input would reset the
    /// connection and take the response from the client.
    func linger() {
        guard case .open = phase else { return }
        phase = .lingering(until: server.now + limits.linger.nanoseconds)
        backlog = []
        stream.finish()
        if isInputEnded, stream.unsentBytes == 0 { return close() }
        stream.resumeReading()
    }

    /// Closes at once. Safe to call twice.
    func close() {
        if case .closed = phase { return }
        let before = phase
        phase = .closed
        if case .upgraded(let engine) = before { engine.connectionLost() }
        let exchange = self.exchange
        self.exchange = nil
        stream.close()
        backlog = []
        if let exchange {
            if exchange.isCommandUnderWay {
                server.carryOut(exchange)
            } else {
                exchange.abandon(.incomplete)
            }
        }
        server.remove(self)
    }

    /// Takes at most one more request.
    func beginShutdown() {
        if case .upgraded(let engine) = phase { return engine.close(.goingAway, "shutting down") }
        let grace = server.now + limits.shutdownGrace.nanoseconds
        idleDeadline = min(idleDeadline, grace)
    }
}

extension ServerConnection: ByteStreamOwner {
    func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
        switch phase {
        case .open: receive(bytes)
        case .lingering:
            lingered += bytes.count
            if lingered > Self.lingeringBytes { close() }
        case .upgraded, .closed: break
        }
    }

    func streamDidDrain(_ stream: ByteStream) {
        lastProgress = server.now
        if case .lingering = phase, isInputEnded, stream.unsentBytes == 0 { return close() }
        guard stream.unsentBytes <= limits.writeWindow / 2 else { return }
        guard let exchange else {
            // The next request was not read while this answer was not taken.
            if case .open = phase { resumeInput() }
            return
        }
        guard let writer = exchange.writer else { return }
        exchange.writer = nil
        writer.resume()
    }

    func streamDidEnd(_ stream: ByteStream) {
        isInputEnded = true
        switch phase {
        case .open:
            if let exchange {
                // A client may say that it sends no more and still wait for its answers.
                if !exchange.isBodyComplete { close() }
            } else if stream.unsentBytes > 0 {
                linger()
            } else {
                close()
            }
        case .lingering:
            if stream.unsentBytes == 0 { close() }
        case .upgraded, .closed: break
        }
    }

    func stream(_ stream: ByteStream, didFail error: NetworkError) {
        close()
    }

    func streamDidSecure(_ stream: ByteStream) {
        idleDeadline = server.now + limits.idle.nanoseconds
    }
}
