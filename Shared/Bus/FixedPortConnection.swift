internal import Runtime

/// One client's connection to a broker behind another port. Confined to its loop.
final class FixedPortConnection: ByteStreamOwner {
    /// One side is not read while the other has so many bytes to send.
    static let unsentLimit = 1 << 20
    static let connectTimeout: Duration = .seconds(5)

    /// Called once, when the connection is over.
    var onClose: (() -> Void)?
    private let client: ByteStream
    private let target: SocketAddress
    private let buffer: ReadBuffer
    private var rewriter: PortRewriter
    private var broker: ByteStream?
    private var connector: TCPConnector?

    init(
        _ client: ByteStream, to target: SocketAddress, _ rewriter: PortRewriter,
        _ buffer: ReadBuffer
    ) {
        self.client = client
        self.target = target
        self.rewriter = rewriter
        self.buffer = buffer
    }

    /// Connects to the broker; the client is read from then on.
    func open() {
        connector = TCPConnector(
            on: client.loop, to: [target], timeout: Self.connectTimeout
        ) { [weak self] result in
            self?.connected(result)
        }
    }

    private func connected(_ result: Result<(Int32, SocketAddress), NetworkError>) {
        connector = nil
        guard case .success(let (socket, address)) = result else { return close() }
        let broker = ByteStream(
            owning: socket, on: client.loop, buffer: buffer, remoteAddress: address)
        self.broker = broker
        broker.start(self)
        client.start(self)
    }

    func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
        guard let broker else { return }
        if stream === client {
            guard rewriter.seeRequests(bytes) else { return close() }
            broker.withOutput { $0.append(contentsOf: bytes) }
            broker.flush()
            if broker.unsentBytes > Self.unsentLimit { client.pauseReading() }
        } else {
            let isKafka = client.withOutput { rewriter.rewrite(responses: bytes, into: &$0) }
            guard isKafka else { return close() }
            client.flush()
            if client.unsentBytes > Self.unsentLimit { broker.pauseReading() }
        }
    }

    func streamDidDrain(_ stream: ByteStream) {
        if stream === client { broker?.resumeReading() } else { client.resumeReading() }
    }

    func streamDidEnd(_ stream: ByteStream) { close() }

    func stream(_ stream: ByteStream, didFail error: NetworkError) { close() }

    func streamDidSecure(_ stream: ByteStream) {}

    /// Breaks both sides. Safe to call twice.
    func close() {
        connector?.cancel()
        connector = nil
        client.close()
        broker?.close()
        broker = nil
        onClose?()
        onClose = nil
    }
}
