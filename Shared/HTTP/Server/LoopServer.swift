internal import Glibc
internal import Runtime
internal import Synchronization

/// The part of a server that lives on one loop: its listener and its connections.
///
/// Deadlines are looked at by one timer for all connections, so that a request sets no timers: they
/// are kept to within a tick, or eight where connections are many.
final class LoopServer: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop's thread.

    private static let longestTick: Duration = .milliseconds(250)
    private static let shortestTick: Duration = .milliseconds(5)
    /// Of how many idle connections the most idle goes.
    private static let candidates = 32

    let loop: EventLoop
    let state: ServerState
    /// The time of the last tick.
    private(set) var now: LoopTime = 0
    /// When no connection was idle.
    private var crowdedAt = LoopTime.never
    private var dateField = DateField()
    private let buffer = ReadBuffer()
    private var listener: TCPListener?
    private var connections = Rota<ServerConnection>()
    private var shares = ConnectionShares()
    /// Commands whose clients are gone, until they are done or their time is over.
    private var orphans: [ObjectIdentifier: ServerExchange] = [:]
    private var timer: LoopTimer?
    private let tick: Duration
    private var onEmpty: (() -> Void)?

    init(on loop: EventLoop, state: ServerState) {
        self.loop = loop
        self.state = state
        let limits = state.limits
        let shortest =
            [
                limits.idle, limits.headerRead, limits.stall, limits.total, limits.linger,
                limits.shutdownGrace,
            ].min() ?? Self.longestTick
        tick = min(Self.longestTick, max(Self.shortestTick, shortest / 4))
    }

    var date: [UInt8] { dateField.current() }

    func listen(at address: SocketAddress, isShared: Bool) throws(NetworkError) -> SocketAddress {
        let listener = try TCPListener(on: loop, at: address, isShared: isShared) {
            [weak self] descriptor, remote in
            guard let self else { return _ = Glibc.close(descriptor) }
            accept(descriptor, remote)
        }
        self.listener = listener
        return listener.address
    }

    private func accept(_ descriptor: Int32, _ remote: SocketAddress) {
        let stream = ByteStream(
            owning: descriptor, on: loop, buffer: buffer, remoteAddress: remote)
        if state.connections.load(ordering: .relaxed) >= state.limits.connections {
            makeRoom(for: remote)
        }
        if timer == nil { startTicking() }
        let count = state.connections.add(1, ordering: .relaxed).newValue
        let connection = ServerConnection(self, stream)
        connections.insert(connection)
        shares.add(ObjectIdentifier(connection), of: remote.network)
        let limit = state.limits.connections
        if count > limit {
            state.overloaded.add(1, ordering: .relaxed)
            // A few are told so; in a flood the rest is dropped.
            guard count <= limit + max(16, limit / 8), state.tls == nil else {
                return connection.close()
            }
            connection.start()
            connection.refuse(state.overload)
        } else {
            connection.start()
        }
    }

    /// Closes a connection for a newcomer: an idle one, or one that waits for its client, of
    /// whoever has by far the most.
    private func makeRoom(for newcomer: SocketAddress) {
        guard let leaving = mostIdle() ?? excessive(newcomer.network) else { return }
        state.overloaded.add(1, ordering: .relaxed)
        leaving.close()
    }

    /// One that has been idle for long enough, the most idle of a few that are found: who only sits
    /// there does not keep others out. Where there is none, it is looked for again after the next
    /// tick only.
    private func mostIdle() -> ServerConnection? {
        guard now != crowdedAt else { return nil }
        let enough = state.limits.idleWhenFull.nanoseconds
        let idle = connections.all.lazy.filter { $0.idleTime >= enough }
            .prefix(Self.candidates).max { $0.idleTime < $1.idleTime }
        if idle == nil { crowdedAt = now }
        return idle
    }

    private func excessive(_ newcomer: UInt64) -> ServerConnection? {
        shares.excess(beside: newcomer, at: now)?.lazy.prefix(Self.candidates)
            .compactMap { self.connections[$0] }.first { $0.waitsForClient }
    }

    func remove(_ connection: ServerConnection) {
        guard connections.remove(connection) else { return }
        shares.remove(ObjectIdentifier(connection), of: connection.stream.remoteAddress.network)
        state.connections.subtract(1, ordering: .relaxed)
        restIfEmpty()
    }

    /// Sees to it that the handler of an exchange whose connection is closed has its time.
    func carryOut(_ exchange: ServerExchange) { orphans[ObjectIdentifier(exchange)] = exchange }

    /// The handler of an exchange is done.
    func forget(_ exchange: ServerExchange) {
        if orphans.removeValue(forKey: ObjectIdentifier(exchange)) != nil { restIfEmpty() }
    }

    private func restIfEmpty() {
        guard connections.isEmpty, orphans.isEmpty else { return }
        timer?.cancel()
        timer = nil
        onEmpty?()
    }

    private func startTicking() {
        now = .current()
        let timer = LoopTimer(on: loop) { [weak self] in
            guard let self else { return }
            now = .current()
            for connection in connections.next() { connection.check(now) }
            for exchange in orphans.values where now > exchange.deadline {
                exchange.abandon(.timedOut)
            }
        }
        timer.start(after: tick, repeats: true)
        self.timer = timer
    }

    // MARK: Shutdown

    /// Accepts no more, lets requests finish, and calls back when no connection and no command is
    /// left.
    func shutDown(whenEmpty onEmpty: @escaping @Sendable () -> Void) {
        listener?.close()
        listener = nil
        if connections.isEmpty, orphans.isEmpty { return onEmpty() }
        self.onEmpty = { [weak self] in
            self?.onEmpty = nil
            onEmpty()
        }
        for connection in Array(connections.all) { connection.beginShutdown() }
    }

    /// Closes everything at once.
    func abort() {
        listener?.close()
        listener = nil
        for connection in Array(connections.all) { connection.close() }
        for exchange in orphans.values { exchange.abandon(.incomplete) }
    }
}
