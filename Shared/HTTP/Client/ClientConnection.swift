internal import Runtime

/// One connection of a client: sends a request, brings its response, and is kept for the next.
final class ClientConnection: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the client's loop.

    let stream: ByteStream
    let pool: ClientPool
    let origin: OriginPool
    private let parser = MessageParser(.response)
    private var scanner: HeadScanner
    private var backlog: [UInt8] = []
    private(set) var exchange: ClientExchange?
    /// Whether it has carried a request before: then the server may have closed it meanwhile.
    private(set) var isReused = false
    private var start: ResponseStart?
    private var body = ServerExchange.BodyProgress.complete
    private var isUntilClose = false
    private var gathered: [UInt8] = []
    private var pipe: BodyPipe?
    private var isBodyWanted = true
    private var lastProgress: LoopTime
    private var writer: CheckedContinuation<Void, any Error>?
    private(set) var idleSince: LoopTime

    private var limits: HTTPClientLimits { pool.limits }

    init(_ stream: ByteStream, _ pool: ClientPool, _ origin: OriginPool) {
        self.stream = stream
        self.pool = pool
        self.origin = origin
        scanner = HeadScanner(
            maximumBytes: pool.limits.headerBytes, maximumFields: pool.limits.headerCount,
            maximumLine: pool.limits.headerBytes)
        lastProgress = pool.now
        idleSince = pool.now
    }

    // MARK: Sending

    func send(_ exchange: ClientExchange) {
        self.exchange = exchange
        exchange.connection = self
        exchange.attempts += 1
        exchange.hasReceived = false
        lastProgress = pool.now
        stream.withOutput { RequestWriter.appendHead(exchange, to: &$0) }
        if case .stream(let length, let write) = exchange.request.body {
            stream.flush()
            sendBody(length, write, exchange)
        } else {
            if case .bytes(let bytes) = exchange.request.body {
                stream.withOutput { $0.append(contentsOf: bytes) }
            }
            exchange.isSent = true
            stream.flushSoon()
        }
    }

    private func sendBody(
        _ length: Int?, _ write: @escaping @Sendable (HTTPBodyWriter) async throws -> Void,
        _ exchange: ClientExchange
    ) {
        let progress = UploadProgress(remaining: length)
        exchange.writing = Task(executorPreference: pool.loop) { [self] in
            do {
                try await write(
                    HTTPBodyWriter { [self] in try await put($0, progress, exchange) })
                try finishBody(progress, exchange)
            } catch {
                guard self.exchange === exchange else { return }
                exchange.fail(error)
                close()
            }
        }
    }

    private func finishBody(_ progress: UploadProgress, _ exchange: ClientExchange) throws {
        guard self.exchange === exchange else { return }
        if let remaining = progress.remaining {
            guard remaining == 0 else {
                throw exchange.error(.invalidRequest, "the body is shorter than it said")
            }
        } else {
            stream.withOutput { $0.append(contentsOf: ResponseHead.lastChunk) }
            stream.flush()
        }
        exchange.isSent = true
        finishIfComplete()
    }

    /// What a streamed body may still write. Confined to the loop.
    private final class UploadProgress: @unchecked Sendable {
        var remaining: Int?
        init(remaining: Int?) { self.remaining = remaining }
    }

    private func put(
        _ chunk: [UInt8], _ progress: UploadProgress, _ exchange: ClientExchange
    ) async throws {
        try await withCheckedThrowingContinuation { continuation in
            pool.loop.perform { [self] in put(chunk, progress, exchange, continuation) }
        }
    }

    private func put(
        _ chunk: [UInt8], _ progress: UploadProgress, _ exchange: ClientExchange,
        _ continuation: CheckedContinuation<Void, any Error>
    ) {
        guard self.exchange === exchange, !stream.isClosed, writer == nil else {
            return continuation.resume(throwing: HTTPBodyError.incomplete)
        }
        if let remaining = progress.remaining {
            guard chunk.count <= remaining else {
                return continuation.resume(
                    throwing: exchange.error(.invalidRequest, "the body is longer than it said"))
            }
            progress.remaining = remaining - chunk.count
            stream.withOutput { $0.append(contentsOf: chunk) }
        } else {
            stream.withOutput { ResponseHead.appendChunk(chunk, to: &$0) }
        }
        lastProgress = pool.now
        stream.flush()
        if stream.unsentBytes > limits.writeWindow {
            writer = continuation
        } else {
            continuation.resume()
        }
    }

    // MARK: Receiving

    private func receive(_ bytes: UnsafeRawBufferPointer) {
        lastProgress = pool.now
        guard let exchange else { return close() }  // Nobody asked.
        exchange.hasReceived = true
        do throws(ProtocolFault) {
            if backlog.isEmpty {
                try consume(bytes)
            } else {
                backlog.append(contentsOf: bytes)
                let waiting = backlog
                backlog = []
                try waiting.withUnsafeBufferPointer { bytes throws(ProtocolFault) in
                    try consume(UnsafeRawBufferPointer(bytes))
                }
            }
        } catch {
            return lose(.invalidResponse, error.reason, HTTPBodyError.incomplete)
        }
        if stream.isClosed { return }
        deliver()
        finishIfComplete()
        if pipe?.isFull == true { stream.pauseReading() }
    }

    private func consume(_ bytes: UnsafeRawBufferPointer) throws(ProtocolFault) {
        var used = 0
        while used < bytes.count, !stream.isClosed {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
            if start != nil {
                if isMessageComplete { throw .parser }  // More than was asked for.
                let count = try advance(rest)
                used += count
                take(try parser.parseBody(UnsafeRawBufferPointer(rebasing: rest[..<count])))
                guard isUntilClose || isMessageComplete == parser.isMessageComplete else {
                    throw .chunk
                }
            } else {
                switch scanner.scan(rest) {
                case .incomplete:
                    backlog = Array(rest)
                    return
                case .fault(let fault): throw fault
                case .complete(let skipped, let length):
                    guard skipped == 0 else { throw .emptyLines }
                    scanner.reset()
                    used += length
                    try takeHead(UnsafeRawBufferPointer(rebasing: rest[..<length]))
                    if exchange == nil {
                        // Upgraded: the rest is another protocol's.
                        let engine = stream.owner as? WebSocketEngine
                        engine?.receive(UnsafeRawBufferPointer(rebasing: bytes[used...]))
                        return
                    }
                }
            }
        }
    }

    private func takeHead(_ bytes: UnsafeRawBufferPointer) throws(ProtocolFault) {
        guard let exchange else { return }
        let head = try ResponseStart(bytes, parser, toHead: exchange.request.method == .head)
        if head.status.code == 101 {
            guard let limits = exchange.webSocket else { throw .status }
            return upgrade(exchange, head, limits)
        }
        if head.status.code < 200 { return }  // Interim: the real one follows.
        start = head
        isBodyWanted = true
        isUntilClose = head.framing == .untilClose
        switch head.framing {
        case .none: body = .complete
        case .length(let length): body = length == 0 ? .complete : .length(length)
        case .untilClose: body = .length(.max)
        case .chunked:
            body = .chunked(
                ChunkScanner(
                    maximumBody: .max, maximumExtension: limits.headerBytes,
                    maximumTrailer: limits.headerBytes, maximumFields: limits.headerCount))
        }
    }

    private var isMessageComplete: Bool {
        if case .complete = body { start != nil } else { false }
    }

    private func advance(_ bytes: UnsafeRawBufferPointer) throws(ProtocolFault) -> Int {
        switch body {
        case .complete: return 0
        case .length(let length):
            let count = min(length, bytes.count)
            if !isUntilClose { body = count == length ? .complete : .length(length - count) }
            return count
        case .chunked(var scanner):
            let count = try scanner.scan(bytes)
            body = scanner.isEnded ? .complete : .chunked(scanner)
            return count
        }
    }

    private func take(_ chunk: [UInt8]) {
        if let pipe {
            pipe.push(chunk)
        } else if gathered.isEmpty {
            gathered = chunk
        } else {
            gathered.append(contentsOf: chunk)
        }
    }

    /// Hands the response over, with its whole body if that is here already.
    private func deliver() {
        guard let exchange, let start else { return }
        if exchange.isAnswered {
            if isMessageComplete { pipe?.finish() }
            return
        }
        let chunk = gathered
        gathered = []
        let body: HTTPBody
        if isMessageComplete { body = HTTPBody(chunk) } else { body = streamed(chunk, exchange) }
        exchange.deadline = .never
        exchange.succeed(
            .response(HTTPClientResponse(start.status, headers: start.headers, body: body)))
    }

    private func streamed(_ chunk: [UInt8], _ exchange: ClientExchange) -> HTTPBody {
        let loop = pool.loop
        let pipe = BodyPipe(window: limits.bodyWindow) { [weak self, weak exchange] in
            loop.perform { [weak self, weak exchange] in
                guard let self, self.exchange === exchange else { return }
                lastProgress = pool.now
                stream.resumeReading()
            }
        }
        pipe.push(chunk)
        self.pipe = pipe
        let reader = BodyReader(pipe) { [weak self, weak exchange] in
            loop.perform { [weak self, weak exchange] in
                // Reading the rest away may take longer than a new connection.
                guard let self, let exchange, self.exchange === exchange else { return }
                close()
            }
        }
        var length: Int?
        if case .length(let remaining) = body, !isUntilClose { length = chunk.count + remaining }
        return HTTPBody(length: length) { try await reader.next() }
    }

    /// When request and response are both whole, the connection is free or at its end.
    private func finishIfComplete() {
        guard let exchange, let start, isMessageComplete, exchange.isAnswered else { return }
        pipe?.finish()
        pipe = nil
        self.start = nil
        self.exchange = nil
        guard start.isKeptAlive, exchange.isSent, stream.unsentBytes == 0 else {
            exchange.writing?.cancel()
            return close()
        }
        isReused = true
        idleSince = pool.now
        stream.resumeReading()
        origin.release(self)
    }

    private func upgrade(
        _ exchange: ClientExchange, _ head: ResponseStart, _ limits: WebSocketLimits
    ) {
        let engine = WebSocketEngine(stream, .client, limits: limits, now: pool.now)
        self.exchange = nil
        origin.forget(self)
        pool.adopt(engine, stream)
        exchange.succeed(.upgraded(engine, head.headers))
    }

    // MARK: Ending

    /// Called by each tick.
    func check(_ now: LoopTime) {
        guard let exchange else {
            if now - idleSince > limits.idle.nanoseconds { close() }
            return
        }
        if now > exchange.deadline {
            return lose(.timedOut, "no response in time", HTTPBodyError.timedOut)
        }
        let isWaiting = pipe?.isAwaited == true || stream.unsentBytes > 0
        if isWaiting, now - lastProgress > limits.stall.nanoseconds {
            lose(.timedOut, "the connection stalled", HTTPBodyError.timedOut)
        }
    }

    /// Gives the exchange up with an error and closes.
    func lose(_ code: HTTPClientError.Code, _ reason: String, _ bodyError: HTTPBodyError) {
        if let exchange {
            pipe?.fail(bodyError)
            exchange.fail(exchange.error(code, reason))
        }
        close()
    }

    /// The connection is gone; a request that it certainly did not serve goes elsewhere.
    private func lost(_ reason: String) {
        guard let exchange else { return close() }
        if isReused, !exchange.hasReceived, exchange.isRepeatable, exchange.attempts < 3 {
            self.exchange = nil
            close()
            return origin.sendAgain(exchange)
        }
        lose(.connectionLost, reason, .incomplete)
    }

    /// Closes at once. Safe to call twice.
    func close() {
        if stream.isClosed { return }
        let exchange = self.exchange
        self.exchange = nil
        stream.close()
        pipe?.fail(HTTPBodyError.incomplete)
        pipe = nil
        let writer = self.writer
        self.writer = nil
        writer?.resume(throwing: HTTPBodyError.incomplete)
        if let exchange { exchange.fail(exchange.error(.connectionLost, "closed")) }
        origin.forget(self)
    }
}

extension ClientConnection: ByteStreamOwner {
    func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) { receive(bytes) }

    func streamDidDrain(_ stream: ByteStream) {
        lastProgress = pool.now
        guard let writer, stream.unsentBytes <= limits.writeWindow / 2 else { return }
        self.writer = nil
        writer.resume()
    }

    func streamDidEnd(_ stream: ByteStream) {
        if isUntilClose, start != nil, exchange != nil {
            body = .complete
            deliver()
            return finishIfComplete()
        }
        let reason = "the server closed the connection"
        if origin.isConnecting(self) {
            origin.connectionFailed(self, NetworkError(.connectionLost, "TLS", reason: reason))
        } else {
            lost(reason)
        }
    }

    func stream(_ stream: ByteStream, didFail error: NetworkError) {
        if origin.isConnecting(self) { return origin.connectionFailed(self, error) }
        lost(error.reason)
    }

    func streamDidSecure(_ stream: ByteStream) { origin.connected(self) }
}
