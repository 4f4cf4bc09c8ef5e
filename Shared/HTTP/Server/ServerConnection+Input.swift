internal import Runtime
internal import Synchronization

/// From bytes to requests.
extension ServerConnection {
    func receive(_ bytes: UnsafeRawBufferPointer) {
        lastProgress = server.now
        if backlog.isEmpty {
            let used = consume(bytes)
            if case .open = phase, used < bytes.count {
                backlog.append(contentsOf: bytes[used...])
            } else if case .upgraded(let engine) = phase, used < bytes.count {
                engine.receive(UnsafeRawBufferPointer(rebasing: bytes[used...]))
            }
        } else {
            backlog.append(contentsOf: bytes)
            consumeBacklog()
        }
        afterInput()
    }

    /// Goes on with what is waiting; called when a response was finished outside of `receive`.
    func resumeInput() {
        if !backlog.isEmpty { consumeBacklog() }
        afterInput()
    }

    private func consumeBacklog() {
        let waiting = backlog
        backlog = []
        let used = waiting.withUnsafeBytes { consume($0) }
        if case .open = phase, used < waiting.count {
            backlog = used == 0 ? waiting : Array(waiting[used...])
        } else if case .upgraded(let engine) = phase, used < waiting.count {
            waiting[used...].withUnsafeBytes { engine.receive($0) }
        }
    }

    /// Sends what was written, decides whether to read on, and sets the deadline of the next step.
    private func afterInput() {
        guard case .open = phase else { return }
        stream.flushSoon()
        if exchange == nil {
            if backlog.isEmpty {
                headDeadline = nil
            } else if headDeadline == nil {
                headDeadline = server.now + limits.headerRead.nanoseconds
            }
            if isInputEnded { return stream.unsentBytes > 0 ? linger() : close() }
        }
        let isBodyFull = exchange.map { !$0.isBodyDropped && $0.pipe?.isFull == true } ?? false
        let isFull = isBodyFull || backlog.count > limits.pipelinedBytes
        // A client that does not take its answers is not asked for more.
        if isFull || stream.unsentBytes > limits.writeWindow && exchange == nil {
            stream.pauseReading()
        } else {
            stream.resumeReading()
        }
    }

    /// Uses as many bytes as it can now and gives their number. Handlers that do not wait for
    /// anything run, and are answered, within.
    private func consume(_ bytes: UnsafeRawBufferPointer) -> Int {
        isConsuming = true
        defer { isConsuming = false }
        var used = 0
        while case .open = phase {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
            if let exchange {
                if exchange.isFinished, exchange.isBodyComplete {
                    self.exchange = nil
                } else if exchange.isBodyComplete || rest.isEmpty {
                    if exchange.isDispatched { break }
                    dispatch(exchange)
                } else if !takeBody(rest, exchange, &used) {
                    break
                }
            } else if rest.isEmpty || !takeHead(rest, &used) {
                break
            }
        }
        return used
    }

    /// False when more bytes are needed or the message was refused.
    private func takeHead(_ bytes: UnsafeRawBufferPointer, _ used: inout Int) -> Bool {
        switch scanner.scan(bytes) {
        case .incomplete: return false
        case .fault(let fault):
            refuse(fault.problem)
            return false
        case .complete(let skipped, let length):
            scanner.reset()
            headDeadline = nil
            used += skipped + length
            do throws(ProtocolFault) {
                try begin(UnsafeRawBufferPointer(rebasing: bytes[skipped..<skipped + length]))
                return true
            } catch {
                refuse(error.problem)
                return false
            }
        }
    }

    private func begin(_ bytes: UnsafeRawBufferPointer) throws(ProtocolFault) {
        let head = try RequestHead(bytes, parser, isSecure: server.state.tls != nil)
        let exchange = ServerExchange(head, limits: limits)
        if case .length(let length) = head.framing, length > limits.bodyBytes {
            throw .bodyTooLarge
        }
        guard exchange.isBodyComplete == parser.isMessageComplete else { throw .parser }
        requestCount += 1
        exchange.deadline = server.now + limits.total.nanoseconds
        self.exchange = exchange
        if exchange.isContinueOwed { dispatch(exchange) }
    }

    /// False when the message was refused.
    private func takeBody(
        _ bytes: UnsafeRawBufferPointer, _ exchange: ServerExchange, _ used: inout Int
    ) -> Bool {
        do throws(ProtocolFault) {
            let count = try advance(exchange, bytes)
            used += count
            let chunk = try parser.parseBody(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            guard exchange.isBodyComplete == parser.isMessageComplete else { throw .chunk }
            // Whoever sends the body does not wait for permission any more.
            exchange.isContinueOwed = false
            if exchange.isBodyDropped { return true }
            if exchange.isDispatched {
                exchange.pipe?.push(chunk)
                if exchange.isBodyComplete { exchange.pipe?.finish() }
            } else if exchange.gathered.isEmpty {
                exchange.gathered = chunk
            } else {
                exchange.gathered.append(contentsOf: chunk)
            }
            return true
        } catch {
            exchange.pipe?.fail(
                error == .bodyTooLarge
                    ? HTTPBodyError.tooLarge(limit: limits.bodyBytes) : HTTPBodyError.incomplete)
            refuse(error.problem)
            return false
        }
    }

    private func advance(
        _ exchange: ServerExchange, _ bytes: UnsafeRawBufferPointer
    ) throws(ProtocolFault) -> Int {
        switch exchange.body {
        case .complete: return 0
        case .length(let length):
            let count = min(length, bytes.count)
            exchange.body = count == length ? .complete : .length(length - count)
            return count
        case .chunked(var scanner):
            let count = try scanner.scan(bytes)
            exchange.body = scanner.isEnded ? .complete : .chunked(scanner)
            return count
        }
    }
}
