internal import Runtime
internal import Synchronization

/// The protocol of one WebSocket over a byte stream, which it takes over.
final class WebSocketEngine: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the stream's loop; `incoming` guards itself.

    enum Role { case server, client }

    private enum State {
        /// Then any of the others.
        case open
        /// Our close is sent and the peer's awaited, or both are and the connection's end is.
        case closing(until: LoopTime)
        case closed
    }

    let loop: EventLoop
    let incoming: Pipe<WebSocketMessage>
    private let stream: ByteStream
    private let role: Role
    private let limits: WebSocketLimits
    private var parser: WebSocketFrameParser
    private var assembler: WebSocketAssembler
    private var state = State.open
    private var ending = WebSocketError(.abnormal, reason: "the connection broke")
    private let outcome = Mutex<WebSocketError?>(nil)
    private var now: LoopTime
    private var lastReceived: LoopTime
    /// When the peer last took bytes, or there were none that it had to take.
    private var lastDrained: LoopTime
    private var pingedAt: LoopTime?
    /// When frames that came at the allowed rate would have reached the present one.
    private var rateDebt: LoopTime = 0
    private var writers: [CheckedContinuation<Void, any Error>] = []
    private var closers: [CheckedContinuation<Void, Never>] = []
    private var onClosed: (() -> Void)?
    private let demand: Demand

    /// Lets the pipe's reader reach the engine, which is made after the pipe.
    private final class Demand: @unchecked Sendable {
        // Safety of `@unchecked`: written once, before the pipe has a reader, read on the loop.
        weak var engine: WebSocketEngine?
    }

    init(_ stream: ByteStream, _ role: Role, limits: WebSocketLimits, now: LoopTime) {
        self.stream = stream
        loop = stream.loop
        self.role = role
        self.limits = limits
        parser = WebSocketFrameParser(
            expectsMask: role == .server, maximumPayload: limits.frameBytes)
        assembler = WebSocketAssembler(limits)
        self.now = now
        lastReceived = now
        lastDrained = now
        let demand = Demand()
        let loop = stream.loop
        incoming = Pipe(window: max(1, limits.unread)) {
            loop.perform { demand.engine?.resumeReading() }
        }
        self.demand = demand
        demand.engine = self
    }

    /// The ending, as far as there is one; for any thread.
    var told: WebSocketError? { outcome.withLock { $0 } }

    /// Takes over the stream; `onClosed` is called when the stream may be closed.
    func start(onClosed: @escaping () -> Void) {
        self.onClosed = onClosed
        stream.owner = self
        stream.trim()
        resumeReading()
    }

    private func resumeReading() {
        if case .closed = state { return }
        stream.resumeReading()
    }

    // MARK: Receiving

    func receive(_ bytes: UnsafeRawBufferPointer) {
        now = .current()
        lastReceived = now
        pingedAt = nil
        var used = 0
        do throws(WebSocketError) {
            while used < bytes.count, canReceive, let frame = try parser.next(bytes, &used) {
                try checkRate()
                try handle(frame)
            }
        } catch {
            fail(error)
        }
        if incoming.isFull, case .open = state { stream.pauseReading() }
        stream.flush()
        stream.trim()
    }

    /// Each frame costs its share of a minute; a minute's worth may be spent ahead.
    private func checkRate() throws(WebSocketError) {
        guard let limit = limits.framesPerMinute else { return }
        let minute: LoopTime = 60_000_000_000
        rateDebt = max(rateDebt, now) + minute / LoopTime(max(1, limit))
        guard rateDebt - now <= minute else {
            throw WebSocketError(limits.excessCode, reason: "too many frames")
        }
    }

    /// After the peer's close nothing more counts.
    private var canReceive: Bool {
        if case .closed = state { return false }
        return !isPeerClosed
    }
    private var isPeerClosed = false

    private func handle(_ frame: WebSocketFrame) throws(WebSocketError) {
        switch frame.opcode {
        case .text, .binary, .continuation:
            let message = try assembler.add(frame)
            if let message, case .open = state { incoming.push(message, weight: 1) }
        case .ping:
            // Who does not read the answers gets no more of them (RFC 6455 §5.5.3).
            if case .open = state, stream.unsentBytes <= limits.writeWindow {
                write(WebSocketFrame(opcode: .pong, payload: frame.payload))
            }
        case .pong: break
        case .close: try handleClose(frame.payload)
        }
    }

    private func handleClose(_ payload: [UInt8]) throws(WebSocketError) {
        let (code, reason) = try WebSocketAssembler.closing(payload)
        isPeerClosed = true
        if case .open = state {
            ending = WebSocketError(code, reason: reason)
            write(.closing(code, ""))
            startClosing()
        }
        incoming.finish()
        // The server ends the connection first (RFC 6455 §7.1.1).
        if role == .server { stream.finish() }
        releaseClosers()
    }

    // MARK: Sending

    /// Sends a message and returns when there is room for another.
    func send(_ message: WebSocketMessage) async throws {
        try await withCheckedThrowingContinuation { continuation in
            loop.perform { [self] in send(message, continuation) }
        }
    }

    private func send(
        _ message: WebSocketMessage, _ continuation: CheckedContinuation<Void, any Error>
    ) {
        guard case .open = state else { return continuation.resume(throwing: ending) }
        switch message {
        case .text(let text): write(WebSocketFrame(opcode: .text, payload: Array(text.utf8)))
        case .binary(let bytes): write(WebSocketFrame(opcode: .binary, payload: bytes))
        }
        stream.flush()
        stream.trim()
        if stream.unsentBytes > limits.writeWindow {
            writers.append(continuation)
        } else {
            continuation.resume()
        }
    }

    private func write(_ frame: WebSocketFrame) {
        let mask: UInt32? = role == .client ? .random(in: .min ... .max) : nil
        stream.withOutput { frame.append(to: &$0, mask: mask) }
    }

    // MARK: Closing

    /// Closes and returns when the peer has agreed or its time is over.
    func closeAndWait(_ code: WebSocketCloseCode, _ reason: String) async {
        await withCheckedContinuation { continuation in
            loop.perform { [self] in
                close(code, reason)
                if case .closing = state, !isPeerClosed {
                    closers.append(continuation)
                } else {
                    continuation.resume()
                }
            }
        }
    }

    /// Says goodbye. Without effect when closing already.
    func close(_ code: WebSocketCloseCode, _ reason: String) {
        guard case .open = state else { return }
        ending = WebSocketError(code, reason: reason)
        write(.closing(code, reason))
        startClosing()
        incoming.finish()
    }

    private func fail(_ error: WebSocketError) {
        if case .open = state {
            ending = error
            write(.closing(error.code, error.reason))
            startClosing()
            incoming.fail(error)
        }
        isPeerClosed = true
        stream.finish()
        releaseClosers()
    }

    private func startClosing() {
        tell()
        state = .closing(until: .current() + limits.closeTimeout.nanoseconds)
        stream.flush()
        stream.resumeReading()
        releaseWriters()
    }

    private func tell() {
        outcome.withLock { if $0 == nil { $0 = ending } }
    }

    private func releaseWriters() {
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume(throwing: ending) }
    }

    private func releaseClosers() {
        let waiting = closers
        closers = []
        for closer in waiting { closer.resume() }
    }

    /// Pings a silent peer, gives up on a dead one; called by ticks of the loop's part.
    func check(_ now: LoopTime) {
        self.now = now
        switch state {
        case .closing(let end):
            if now > end { self.end() }
        case .open:
            // While nobody takes messages, the peer's silence is our own doing.
            if incoming.isFull {
                lastReceived = now
                pingedAt = nil
            }
            if stream.unsentBytes == 0 { lastDrained = now }
            let patience = (limits.pongWithin ?? limits.pingAfter).nanoseconds
            if now - lastDrained > limits.pingAfter.nanoseconds + patience {
                end()
            } else if let pingedAt {
                if now - pingedAt > patience { giveUp() }
            } else if now - lastReceived > limits.pingAfter.nanoseconds {
                pingedAt = now
                write(WebSocketFrame(opcode: .ping, payload: []))
                stream.flush()
                stream.trim()
            }
        case .closed: break
        }
    }

    /// Ends a connection whose peer is silent.
    private func giveUp() {
        guard let code = limits.silenceCode else { return end() }
        close(code, "no answer to a ping")
    }

    /// The connection is over: tells everyone who waits.
    func connectionLost() {
        if case .closed = state { return }
        state = .closed
        tell()
        incoming.fail(ending)
        releaseWriters()
        releaseClosers()
    }

    private func end() {
        let onClosed = onClosed
        self.onClosed = nil
        connectionLost()
        onClosed?()
    }
}

extension WebSocketEngine: ByteStreamOwner {
    func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) { receive(bytes) }

    func streamDidDrain(_ stream: ByteStream) {
        lastDrained = now
        guard !writers.isEmpty, stream.unsentBytes <= limits.writeWindow / 2 else { return }
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume() }
    }

    func streamDidEnd(_ stream: ByteStream) { end() }
    func stream(_ stream: ByteStream, didFail error: NetworkError) { end() }
    func streamDidSecure(_ stream: ByteStream) {}
}
