internal import Glibc
internal import Runtime
internal import Synchronization

/// A mail server that takes every message, keeps it to be looked at, and delivers none.
final class SMTPServer: Component, @unchecked Sendable {
    // Safety of `@unchecked`: `listener`, `connections` and `timer` are touched on the loop's
    // thread alone.

    private static let tick: Duration = .seconds(1)

    private let host: String
    private let wantedPort: Int
    private let limits: SMTPLimits
    private let loop: EventLoop
    private let store: MailStore
    private let faults: MailFaults
    private let logger: Logger
    private let boundPort = Atomic<Int>(0)
    private let buffer = ReadBuffer()
    private var listener: TCPListener?
    private var connections: [ObjectIdentifier: SMTPConnection] = [:]
    private var timer: LoopTimer?

    init(
        host: String, port: Int, limits: SMTPLimits = SMTPLimits(), loop: EventLoop,
        store: MailStore, faults: MailFaults, logger: Logger
    ) {
        self.host = host
        wantedPort = port
        self.limits = limits
        self.loop = loop
        self.store = store
        self.faults = faults
        self.logger = logger
    }

    /// The port it listens at; 0 before it does.
    var port: Int { boundPort.load(ordering: .acquiring) }

    /// Listens until shutdown is asked for.
    ///
    /// - Throws: `NetworkError` when it cannot listen.
    func run(_ lifecycle: Lifecycle) async throws {
        try await onLoop { [self] in try listen() }
        lifecycle.ready()
        await lifecycle.shutdownRequested()
        try await onLoop { [self] in shutDown() }
    }

    private func onLoop(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            loop.submit { continuation.resume(with: Result { try body() }) }
        }
    }

    private func listen() throws(NetworkError) {
        guard let address = SocketAddress(literal: host, port: wantedPort) else {
            throw NetworkError(
                .addressInvalid, "listen at \(host):\(wantedPort)",
                reason: "not an IP address with a port")
        }
        let listener = try TCPListener(on: loop, at: address, isShared: false) {
            [weak self] descriptor, remote in
            guard let self else { return _ = Glibc.close(descriptor) }
            accept(descriptor, remote)
        }
        self.listener = listener
        boundPort.store(listener.address.port, ordering: .releasing)
    }

    private func accept(_ descriptor: Int32, _ remote: SocketAddress) {
        let stream = ByteStream(
            owning: descriptor, on: loop, buffer: buffer, remoteAddress: remote)
        let session = SMTPSession(
            limits: limits,
            SMTPSession.Surroundings(
                deliver: { [store, logger] envelope, text in
                    do {
                        let id = try store.add(envelope, text)
                        logger.info("a message was caught", ["id": id, "bytes": text.count])
                        return id
                    } catch {
                        logger.error("a message cannot be kept", ["error": "\(error)"])
                        throw error
                    }
                },
                fault: { [faults] in faults.take(at: $0, for: $1) }))
        let name = ObjectIdentifier(stream)
        let connection = SMTPConnection(stream, session) { [weak self] in self?.remove(name) }
        if connections.isEmpty { startTicking() }
        connections[name] = connection
        if connections.count > limits.connections + 16 { return connection.close() }
        if connections.values.count(where: { !$0.isEnding }) > limits.connections {
            stream.start(connection)
            return connection.refuse(.tooManyClients)
        }
        connection.start()
    }

    private func remove(_ name: ObjectIdentifier) {
        connections[name] = nil
        if connections.isEmpty { timer = nil }
    }

    private func startTicking() {
        let timer = LoopTimer(on: loop) { [weak self] in
            guard let self else { return }
            let now = ContinuousClock.now
            for connection in Array(connections.values) { connection.check(now) }
        }
        timer.start(after: Self.tick, repeats: true)
        self.timer = timer
    }

    private func shutDown() {
        listener?.close()
        listener = nil
        for connection in Array(connections.values) {
            connection.refuse(.goingAway)
            connection.close()
        }
    }
}
