internal import Runtime

/// From HTTP to WebSocket (RFC 6455 §4.2).
extension ServerConnection {
    func upgrade(
        _ response: HTTPResponse, _ request: HTTPRequest, _ handler: WebSocketHandler,
        _ exchange: ServerExchange
    ) {
        guard exchange.wantsUpgrade, let handshake = WebSocketHandshake(request) else {
            return send(WebSocketHandshake.refusal.response(), exchange)
        }
        var fields = response.headers
        fields.set("Sec-WebSocket-Accept", WebSocketKey.accept(for: handshake.key))
        fields.remove("Sec-WebSocket-Protocol")
        var subprotocol: String?
        if let chosen = handler.subprotocol, handshake.subprotocols.contains(chosen) {
            subprotocol = chosen
            fields.set("Sec-WebSocket-Protocol", chosen)
        }
        let early = backlog
        backlog = []
        self.exchange = nil
        let engine = WebSocketEngine(stream, .server, limits: handler.limits, now: server.now)
        phase = .upgraded(engine)
        stream.withOutput { output in
            output.append(contentsOf: "HTTP/1.1 101 Switching Protocols\r\n".utf8)
            output.append(contentsOf: "Connection: Upgrade\r\nUpgrade: websocket\r\n".utf8)
            ResponseHead.appendFields(fields, to: &output)
            output.append(contentsOf: "\r\n".utf8)
        }
        stream.flush()
        engine.start { [weak self] in self?.close() }
        early.withUnsafeBytes { engine.receive($0) }
        if isShuttingDown { engine.close(.goingAway, "shutting down") }
        let socket = WebSocketConnection(engine, subprotocol: subprotocol)
        // A task of its own: the request is done, it counts and holds memory no more.
        Task.immediate(executorPreference: server.loop) { [run = handler.run, server] in
            await socket.serve(run, server.state.logger)
        }
    }
}
