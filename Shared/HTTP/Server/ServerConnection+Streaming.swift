internal import Runtime

/// Responses that are written while they are sent.
extension ServerConnection {
    func stream(_ exchange: ServerExchange) async {
        guard let response = exchange.streamed.take(),
            case .stream(let length, let write) = response.body
        else { return }
        let framing = framing(response.status, length, exchange)
        if framing == .untilClose { exchange.isKeptAlive = false }
        let connection = persistence(exchange)
        let date = server.date
        stream.withOutput {
            ResponseHead.append(response, framing, connection: connection, date: date, to: &$0)
        }
        if framing == .bodiless || exchange.isHead { return finish(exchange) }
        exchange.reply = .streaming(framing, remaining: length ?? .max)
        if !isConsuming { stream.flush() }
        do {
            try await write(
                HTTPBodyWriter { chunk in try await self.put(chunk, exchange) })
        } catch {
            if isCurrent(exchange) {
                if !(error is CancellationError) {
                    server.state.logger.warning(
                        "streamed response broke off", ["error": "\(error)"])
                }
                close()
            }
            return
        }
        end(exchange)
    }

    private func framing(
        _ status: HTTPStatus, _ length: Int?, _ exchange: ServerExchange
    ) -> ResponseFraming {
        if status.isBodiless { return .bodiless }
        if let length { return .length(max(0, length)) }
        return exchange.isVersion11 ? .chunked : .untilClose
    }

    /// Takes a chunk from the writer, on whatever thread it runs, and returns when there is room
    /// for the next.
    private func put(_ chunk: [UInt8], _ exchange: ServerExchange) async throws {
        let mustWait: Bool
        if server.loop.isCurrent {
            mustWait = try append(chunk, exchange)
        } else {
            mustWait = try await server.loop.run { [self] in try append(chunk, exchange) }
        }
        guard mustWait else { return }
        try await withCheckedThrowingContinuation { continuation in
            server.loop.perform { [self] in wait(continuation, exchange) }
        }
    }

    private func wait(
        _ continuation: CheckedContinuation<Void, any Error>, _ exchange: ServerExchange
    ) {
        guard isCurrent(exchange), exchange.writer == nil else {
            return continuation.resume(throwing: HTTPBodyError.incomplete)
        }
        if stream.unsentBytes <= limits.writeWindow { return continuation.resume() }
        exchange.writer = continuation
    }

    /// Whether the writer must wait for room.
    private func append(_ chunk: [UInt8], _ exchange: ServerExchange) throws -> Bool {
        guard isCurrent(exchange), case .streaming(let framing, let remaining) = exchange.reply,
            chunk.count <= remaining
        else { throw HTTPBodyError.incomplete }
        if stream.unsentBytes == 0 { lastProgress = server.now }
        exchange.reply = .streaming(framing, remaining: remaining - chunk.count)
        stream.withOutput { output in
            if framing == .chunked {
                ResponseHead.appendChunk(chunk, to: &output)
            } else {
                output.append(contentsOf: chunk)
            }
        }
        stream.flush()
        return stream.unsentBytes > limits.writeWindow
    }

    private func end(_ exchange: ServerExchange) {
        guard isCurrent(exchange), case .streaming(let framing, let remaining) = exchange.reply
        else { return }
        switch framing {
        case .chunked: stream.withOutput { $0.append(contentsOf: ResponseHead.lastChunk) }
        case .length where remaining > 0:
            server.state.logger.error("streamed response is shorter than it said")
            return close()
        default: break
        }
        finish(exchange)
    }
}
