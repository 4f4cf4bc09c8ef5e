import Runtime

/// Stands between programs and lets their connections pass, or does not.
final class Proxy: @unchecked Sendable {
    // Safety of `@unchecked`: `listener`, `pairs` and `mode` are touched on the loop's thread only.

    enum Mode: Sendable, Equatable {
        case passing
        /// What there is is broken, and nothing new gets through.
        case cut
        /// Everything arrives so much later.
        case delayed(Duration)
        /// Connections stay, and nothing arrives: what was sent is lost when they break.
        case halfOpen
    }

    let port: Int
    private let targets: [SocketAddress]
    private let loop: EventLoop
    private let buffer = ReadBuffer()
    private var listener: TCPListener?
    private var pairs: [ObjectIdentifier: ProxyPair] = [:]
    private var next = 0
    fileprivate private(set) var mode = Mode.passing

    /// - Parameter targets: where connections lead, in turn; those that refuse are passed over.
    init(_ port: Int, to targets: [Int], on loop: EventLoop) {
        self.port = port
        self.targets = targets.map { SocketAddress(literal: "127.0.0.1", port: $0)! }
        self.loop = loop
    }

    func start() async throws {
        let failure: NetworkError? = await onLoop { [self] in
            do throws(NetworkError) {
                listener = try TCPListener(
                    on: loop, at: SocketAddress(literal: "127.0.0.1", port: port)!, isShared: false
                ) { [unowned self] socket, remote in
                    add(ByteStream(owning: socket, on: loop, buffer: buffer, remoteAddress: remote))
                }
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw TortureError("port \(port): \(failure)") }
    }

    /// How connections are treated from now on. Those that were half open are broken afterwards.
    func set(_ mode: Mode) async {
        await onLoop { [self] in
            let breaks = mode == .cut || self.mode == .halfOpen
            self.mode = mode
            if breaks { for pair in Array(pairs.values) { pair.close() } }
        }
    }

    func close() async {
        await onLoop { [self] in
            listener?.close()
            listener = nil
            for pair in Array(pairs.values) { pair.close() }
        }
    }

    private func add(_ client: ByteStream) {
        if mode == .cut { return client.close() }
        next += 1
        let first = next % targets.count
        let pair = ProxyPair(
            client, to: Array(targets[first...] + targets[..<first]), buffer, self)
        let id = ObjectIdentifier(pair)
        pairs[id] = pair
        pair.onClose = { [unowned self] in pairs[id] = nil }
        pair.open()
    }

    private func onLoop<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { continuation in
            loop.submit { continuation.resume(returning: body()) }
        }
    }
}

/// One connection through a proxy. Confined to its loop.
private final class ProxyPair: ByteStreamOwner {
    static let unsentLimit = 1 << 20
    static let connectTimeout: Duration = .seconds(5)

    var onClose: (() -> Void)?
    private let client: ByteStream
    private let targets: [SocketAddress]
    private let buffer: ReadBuffer
    private unowned let proxy: Proxy
    private var server: ByteStream?
    private var connector: TCPConnector?
    /// What is held back, in its order, and when each piece is due.
    private var held: [(due: ContinuousClock.Instant, bytes: [UInt8], target: ByteStream)] = []
    private var timer: LoopTimer?

    init(
        _ client: ByteStream, to targets: [SocketAddress], _ buffer: ReadBuffer, _ proxy: Proxy
    ) {
        self.client = client
        self.targets = targets
        self.buffer = buffer
        self.proxy = proxy
    }

    func open() {
        connector = TCPConnector(
            on: client.loop, to: targets, timeout: Self.connectTimeout
        ) { [weak self] result in self?.connected(result) }
    }

    private func connected(_ result: Result<(Int32, SocketAddress), NetworkError>) {
        connector = nil
        guard case .success(let (socket, address)) = result else { return close() }
        let server = ByteStream(
            owning: socket, on: client.loop, buffer: buffer, remoteAddress: address)
        self.server = server
        server.start(self)
        client.start(self)
    }

    func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
        guard let server else { return }
        let target = stream === client ? server : client
        switch proxy.mode {
        case .halfOpen: return
        case .delayed(let delay): hold(Array(bytes), for: target, until: .now + delay)
        case .passing, .cut:
            // What is held back goes first.
            if !held.isEmpty { return hold(Array(bytes), for: target, until: .now) }
            target.withOutput { $0.append(contentsOf: bytes) }
            target.flush()
            if target.unsentBytes > Self.unsentLimit { stream.pauseReading() }
        }
    }

    private func hold(
        _ bytes: [UInt8], for target: ByteStream, until due: ContinuousClock.Instant
    ) {
        held.append((max(due, held.last?.due ?? due), bytes, target))
        if held.count == 1 { wait() }
    }

    private func wait() {
        guard let first = held.first else { return }
        let timer =
            timer ?? LoopTimer(on: client.loop) { [weak self] in self?.release() }
        self.timer = timer
        timer.start(after: max(.zero, ContinuousClock.now.duration(to: first.due)))
    }

    /// Passes on what is due, piece after piece.
    private func release() {
        let now = ContinuousClock.now
        while let first = held.first, first.due <= now {
            held.removeFirst()
            guard !first.target.isClosed else { continue }
            first.target.withOutput { $0.append(contentsOf: first.bytes) }
            first.target.flush()
        }
        wait()
    }

    func streamDidDrain(_ stream: ByteStream) {
        if stream === client { server?.resumeReading() } else { client.resumeReading() }
    }

    func streamDidEnd(_ stream: ByteStream) {
        // The other side does not hear of it while the connection is half open.
        if proxy.mode == .halfOpen { return stream.close() }
        close()
    }

    func stream(_ stream: ByteStream, didFail error: NetworkError) { streamDidEnd(stream) }

    func streamDidSecure(_ stream: ByteStream) {}

    func close() {
        connector?.cancel()
        connector = nil
        timer?.cancel()
        timer = nil
        held = []
        client.close()
        server?.close()
        server = nil
        onClose?()
        onClose = nil
    }
}
