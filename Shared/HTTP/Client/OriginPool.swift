internal import Runtime

/// The connections to one origin and the requests that wait for one. Confined to the client's loop.
final class OriginPool: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the client's loop.

    /// How long addresses of a name are used again.
    private static let addressLife: Duration = .seconds(10)

    let origin: HTTPURL.Origin
    private let pool: ClientPool
    private var idle: [ClientConnection] = []
    private(set) var connections: [ObjectIdentifier: ClientConnection] = [:]
    private var connecting: Set<ObjectIdentifier> = []
    private var connectors: [Int: TCPConnector] = [:]
    private var nextConnector = 0
    private var resolving = 0
    private var waiting: [ClientExchange] = []
    private var addresses: [SocketAddress] = []
    private var addressesUntil: LoopTime = 0

    init(_ origin: HTTPURL.Origin, _ pool: ClientPool) {
        self.origin = origin
        self.pool = pool
    }

    var isUnused: Bool {
        connections.isEmpty && connectors.isEmpty && waiting.isEmpty && resolving == 0
    }

    /// Connections that are being opened.
    private var opening: Int { resolving + connectors.count + connecting.count }

    /// Whether somebody waits for something here.
    var isBusy: Bool { !waiting.isEmpty || opening > 0 || connections.count > idle.count }

    // MARK: Requests

    func start(_ exchange: ClientExchange) {
        if waiting.isEmpty, let connection = idle.popLast() { return connection.send(exchange) }
        guard waiting.count < pool.limits.waitingPerOrigin else {
            return exchange.fail(exchange.error(.overloaded, "too many requests wait"))
        }
        waiting.append(exchange)
        pump()
    }

    /// A request whose connection had been closed by the server goes to a fresh one: others that
    /// are idle may have met the same end.
    func sendAgain(_ exchange: ClientExchange) {
        for connection in idle { connection.close() }
        waiting.insert(exchange, at: 0)
        pump()
    }

    func cancel(_ exchange: ClientExchange) {
        waiting.removeAll { $0 === exchange }
    }

    private func pump() {
        while let exchange = waiting.first, let connection = idle.popLast() {
            waiting.removeFirst()
            connection.send(exchange)
        }
        while waiting.count > opening,
            connections.count - connecting.count + opening < pool.limits.connectionsPerOrigin
        {
            open()
        }
    }

    func release(_ connection: ClientConnection) {
        if waiting.isEmpty, idle.count >= pool.limits.idlePerOrigin || pool.isClosed {
            return connection.close()
        }
        idle.append(connection)
        pump()
    }

    func forget(_ connection: ClientConnection) {
        connections.removeValue(forKey: ObjectIdentifier(connection))
        connecting.remove(ObjectIdentifier(connection))
        idle.removeAll { $0 === connection }
        // A place is free for whoever waits; not within the caller's own clean-up.
        if !waiting.isEmpty { pool.loop.submit { [self] in pump() } }
    }

    // MARK: Connecting

    private func open() {
        if pool.now < addressesUntil { return connect(addresses) }
        resolving += 1
        if resolving > 1 { return }  // The first one's answer is for all.
        let loop = pool.loop
        NameResolver.resolve(origin.host, port: origin.port, on: loop) { [weak self] result in
            self?.resolved(result)
        }
    }

    private func resolved(_ result: Result<[SocketAddress], NetworkError>) {
        let count = resolving
        resolving = 0
        switch result {
        case .success(let addresses):
            self.addresses = addresses
            addressesUntil = pool.now + Self.addressLife.nanoseconds
            for _ in 0..<count { connect(addresses) }
        case .failure(let error):
            for _ in 0..<count { failOne(error) }
        }
    }

    private func connect(_ addresses: [SocketAddress]) {
        let number = nextConnector
        nextConnector += 1
        connectors[number] = TCPConnector(
            on: pool.loop, to: addresses, timeout: pool.limits.connect
        ) { [weak self] result in
            guard let self else { return }
            connectors.removeValue(forKey: number)
            switch result {
            case .success(let (descriptor, address)): opened(descriptor, address)
            case .failure(let error): failOne(error)
            }
        }
    }

    private func opened(_ descriptor: Int32, _ address: SocketAddress) {
        let stream = ByteStream(
            owning: descriptor, on: pool.loop, buffer: pool.buffer, remoteAddress: address)
        let connection = ClientConnection(stream, pool, self)
        connections[ObjectIdentifier(connection)] = connection
        guard origin.isSecure else {
            stream.start(connection)
            return ready(connection)
        }
        connecting.insert(ObjectIdentifier(connection))
        do throws(NetworkError) {
            stream.startTLS(try pool.tlsContext(), serverName: origin.host, connection)
        } catch {
            connectionFailed(connection, error)
        }
    }

    func isConnecting(_ connection: ClientConnection) -> Bool {
        connecting.contains(ObjectIdentifier(connection))
    }

    func connected(_ connection: ClientConnection) {
        connecting.remove(ObjectIdentifier(connection))
        ready(connection)
    }

    private func ready(_ connection: ClientConnection) {
        if waiting.isEmpty { return release(connection) }
        connection.send(waiting.removeFirst())
    }

    func connectionFailed(_ connection: ClientConnection, _ error: NetworkError) {
        connection.close()
        failOne(error)
    }

    /// An attempt failed: so does the request that has waited longest.
    private func failOne(_ error: NetworkError) {
        addressesUntil = 0
        if !waiting.isEmpty {
            let exchange = waiting.removeFirst()
            let code: HTTPClientError.Code =
                switch error.code {
                case .unresolved: .unresolved
                case .untrusted: .untrusted
                case .timedOut: .timedOut
                default: .connect
                }
            exchange.fail(exchange.error(code, error.reason))
        }
        pump()
    }

    // MARK: Time and end

    func check(_ now: LoopTime) {
        for connection in Array(connections.values) {
            if isConnecting(connection) {
                // The connector's time is over for TLS as well.
                let limit = pool.limits.connect.nanoseconds
                if now - connection.idleSince > limit {
                    connectionFailed(
                        connection, NetworkError(.timedOut, "TLS", reason: "handshake too slow"))
                }
            } else {
                connection.check(now)
            }
        }
        for exchange in waiting where now > exchange.deadline {
            exchange.fail(exchange.error(.timedOut, "no connection in time"))
        }
        waiting.removeAll { $0.isAnswered }
    }

    func close() {
        let error = { (exchange: ClientExchange) in exchange.error(.closed, "the client was closed")
        }
        let given = waiting
        waiting = []
        for exchange in given { exchange.fail(error(exchange)) }
        for connection in idle { connection.close() }
    }
}
