internal import Runtime

/// All connections of a client, by origin. Confined to the client's loop.
final class ClientPool: @unchecked Sendable {
    // Safety of `@unchecked`: apart from the constants, confined to the client's loop.

    /// How exactly timeouts are kept while requests are under way, and otherwise.
    private static let busyTick: Duration = .milliseconds(20)
    private static let idleTick: Duration = .milliseconds(500)

    let loop: EventLoop
    let limits: HTTPClientLimits
    let buffer = ReadBuffer()
    private let trust: TLSTrust
    private var tls: TLSContext?
    private(set) var now: LoopTime = .current()
    private(set) var isClosed = false
    private var origins: [HTTPURL.Origin: OriginPool] = [:]
    /// The one that was asked last, and is among `origins`.
    private var latest: OriginPool?
    private var webSockets = Rota<WebSocketEngine>()
    private var timer: LoopTimer?
    private var isTickingFast = false

    init(loop: EventLoop, limits: HTTPClientLimits, trust: TLSTrust) {
        self.loop = loop
        self.limits = limits
        self.trust = trust
    }

    func start(
        _ exchange: ClientExchange,
        _ continuation: UnsafeContinuation<ClientExchange.Outcome, any Error>
    ) {
        guard exchange.begin(continuation) else { return }
        guard !isClosed else {
            return exchange.fail(exchange.error(.closed, "the client was closed"))
        }
        startTicking()
        exchange.deadline = now + exchange.request.timeout.nanoseconds
        part(for: exchange.url.origin).start(exchange)
    }

    private func part(for origin: HTTPURL.Origin) -> OriginPool {
        // Most have few, and ask one again and again.
        if let latest, latest.origin == origin { return latest }
        let part = origins[origin] ?? OriginPool(origin, self)
        origins[origin] = part
        latest = part
        return part
    }

    func cancel(_ exchange: ClientExchange) {
        exchange.fail(CancellationError())
        origins[exchange.url.origin]?.cancel(exchange)
        // It may carry another exchange by now.
        if let connection = exchange.connection, connection.exchange === exchange {
            connection.close()
        }
    }

    func tlsContext() throws(NetworkError) -> TLSContext {
        if let tls { return tls }
        let made = try TLSContext(client: trust)
        tls = made
        return made
    }

    // MARK: WebSockets

    func adopt(_ engine: WebSocketEngine, _ stream: ByteStream) {
        webSockets.insert(engine)
        engine.start { [self, unowned engine] in
            webSockets.remove(engine)
            stream.close()
        }
    }

    // MARK: Time and end

    private func startTicking() {
        now = .current()
        if !isTickingFast { tick(fast: true) }
    }

    private func tick(fast: Bool) {
        isTickingFast = fast
        let timer = self.timer ?? LoopTimer(on: loop) { [weak self] in self?.check() }
        timer.start(after: fast ? Self.busyTick : Self.idleTick)
        self.timer = timer
    }

    private func check() {
        now = .current()
        for part in Array(origins.values) { part.check(now) }
        for engine in webSockets.next() { engine.check(now) }
        for (origin, part) in origins where part.isUnused {
            origins.removeValue(forKey: origin)
            if latest === part { latest = nil }
        }
        if origins.isEmpty, webSockets.isEmpty {
            isTickingFast = false
        } else {
            tick(fast: origins.values.contains(where: \.isBusy))
        }
    }

    func close() {
        isClosed = true
        for part in Array(origins.values) { part.close() }
        for engine in Array(webSockets.all) { engine.close(.goingAway, "") }
    }
}
