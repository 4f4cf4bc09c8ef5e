internal import Glibc
internal import Runtime

/// Lets clients reach brokers at other ports than they listen at, and tells them so.
final class FixedPorts: @unchecked Sendable {
    // Safety of `@unchecked`: `listeners` and `connections` are touched on the loop's thread only.

    /// Where clients connect.
    let ports: [UInt16]
    private let loop = EventLoop(name: "broker")
    private let rewriter: PortRewriter
    private var listeners: [TCPListener] = []
    private var connections: [ObjectIdentifier: FixedPortConnection] = [:]
    private var isClosed = false

    /// Listens at `first` and the ports after it, one for each of `real`.
    ///
    /// - Parameter told: where clients are told to connect, when that is not where this listens.
    init(from first: Int, to real: [UInt16], told: Int? = nil) throws(BusError) {
        ports = try Self.row(from: first, real.count)
        let told = try Self.row(from: told ?? first, real.count)
        rewriter = PortRewriter(Dictionary(uniqueKeysWithValues: zip(real, told)))
        if let error = Self.onLoop(loop, { self.listen(real) }) {
            loop.stop()
            throw BusError(
                error.code == .addressInUse ? .configuration : .other,
                operation: "start embedded broker", message: "\(error)")
        }
    }

    private static func row(from first: Int, _ count: Int) throws(BusError) -> [UInt16] {
        let row = (0..<count).compactMap { UInt16(exactly: first + $0) }
        guard row.count == count, !row.contains(0) else {
            throw BusConfiguration.refusal("There is no port \(first).")
        }
        return row
    }

    private func listen(_ real: [UInt16]) -> NetworkError? {
        let buffer = ReadBuffer()
        do throws(NetworkError) {
            for (told, real) in zip(ports, real) {
                let address = SocketAddress(literal: "127.0.0.1", port: Int(told))!
                let target = SocketAddress(literal: "127.0.0.1", port: Int(real))!
                listeners.append(
                    try TCPListener(on: loop, at: address, isShared: false) {
                        [weak self] socket, remote in
                        guard let self else { return _ = Glibc.close(socket) }
                        let client = ByteStream(
                            owning: socket, on: loop, buffer: buffer, remoteAddress: remote)
                        add(FixedPortConnection(client, to: target, rewriter, buffer))
                    })
            }
            return nil
        } catch {
            closeNow()
            return error
        }
    }

    private func add(_ connection: FixedPortConnection) {
        guard !isClosed else { return connection.close() }
        let id = ObjectIdentifier(connection)
        connections[id] = connection
        connection.onClose = { [weak self] in self?.connections[id] = nil }
        connection.open()
    }

    private func closeNow() {
        isClosed = true
        for listener in listeners { listener.close() }
        listeners = []
        for connection in Array(connections.values) { connection.close() }
    }

    /// Waits for the loop, which is not the caller's.
    private static func onLoop<R>(_ loop: EventLoop, _ body: @escaping () -> R) -> R {
        let call = LoopCall(body)
        loop.submit { call.perform() }
        return call.wait()
    }

    /// Listens no more and breaks all connections.
    func close() async {
        await withCheckedContinuation { continuation in
            loop.submit { [self] in
                closeNow()
                continuation.resume()
            }
        }
        loop.stop()
    }

    /// As `close`, without waiting.
    func closeLater() {
        loop.submit { [self] in closeNow() }
        loop.stop()
    }
}

/// One call on a loop that another thread waits for.
private final class LoopCall<R>: @unchecked Sendable {
    // Safety of `@unchecked`: the semaphore stands between the writing and the reading of `result`.
    private let body: () -> R
    private var result: R?
    private let isDone = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init(_ body: @escaping () -> R) {
        self.body = body
        sem_init(isDone, 0, 0)
    }

    func perform() {
        result = body()
        sem_post(isDone)
    }

    func wait() -> R {
        while sem_wait(isDone) != 0 {}
        return result!
    }

    deinit {
        sem_destroy(isDone)
        isDone.deallocate()
    }
}
