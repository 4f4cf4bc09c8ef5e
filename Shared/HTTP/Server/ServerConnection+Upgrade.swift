internal import Runtime

/// From HTTP to WebSocket (RFC 6455 §4.2).
extension ServerConnection {
    func upgrade(
        _ response: HTTPResponse, _ request: HTTPRequest, _ handler: WebSocketHandler,
        _ exchange: ServerExchange
    ) async {
        guard let key = Self.key(of: request, exchange) else {
            let problem = Problem(
                "upgrade-required", 426, "This is a WebSocket",
                detail: "Ask with Upgrade: websocket and Sec-WebSocket-Version: 13.",
                headers: ["Sec-WebSocket-Version": "13"])
            var refusal = problem.response()
            refusal.headers.add("Vary", "Upgrade")
            return send(refusal, exchange)
        }
        var fields = response.headers
        fields.set("Sec-WebSocket-Accept", WebSocketKey.accept(for: key))
        fields.remove("Sec-WebSocket-Protocol")
        var subprotocol: String?
        if let chosen = handler.subprotocol,
            request.headers.list("Sec-WebSocket-Protocol").contains(chosen)
        {
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
        await WebSocketConnection(engine, subprotocol: subprotocol)
            .serve(handler.run, server.state.logger)
    }

    /// The client's key, when the request asks for this upgrade as it should.
    private static func key(of request: HTTPRequest, _ exchange: ServerExchange) -> String? {
        let keys = request.headers.all("Sec-WebSocket-Key")
        guard request.method == .get, exchange.wantsUpgrade, exchange.isBodyComplete,
            request.headers.list("Upgrade").contains(where: {
                FieldSyntax.isEqual($0, "websocket")
            }),
            request.headers.all("Sec-WebSocket-Version") == ["13"],
            keys.count == 1, isKey(keys[0])
        else { return nil }
        return keys[0]
    }

    /// Base64 of 16 bytes.
    private static func isKey(_ text: String) -> Bool {
        text.utf8.count == 24 && text.hasSuffix("==")
            && text.utf8.dropLast(2).allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }
}
