internal import CLibEvent
internal import Glibc

/// Who uses a stream. All calls come on the loop's thread; a stream may be closed within any.
public protocol ByteStreamOwner: AnyObject {
    /// Bytes came in; take or copy all of them, they are gone afterwards.
    func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer)
    /// Bytes went out that had to wait; see `unsentBytes`.
    func streamDidDrain(_ stream: ByteStream)
    /// The peer sends no more. Writing still works.
    func streamDidEnd(_ stream: ByteStream)
    /// The connection is broken; nothing more will come. Close it.
    func stream(_ stream: ByteStream, didFail error: NetworkError)
    /// The TLS handshake is done and the peer verified as configured.
    func streamDidSecure(_ stream: ByteStream)
}

/// A connected TCP socket, plain or with TLS, as two streams of bytes on one event loop.
///
/// Writing has two steps, `withOutput` gathers and `flush` or `flushSoon` sends, so that several
/// small parts leave in one packet. Nothing is lost when the socket takes less: the rest goes out
/// when it can.
/// The stream keeps its owner alive until it is closed.
///
/// Create and use it on the loop's thread only.
public final class ByteStream: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop's thread, which the initialiser and the events
    // guarantee and `close` checks.

    /// Output buffers up to this size are kept for the next message.
    static let keptCapacity = 16_384

    public let loop: EventLoop
    public let remoteAddress: SocketAddress
    /// Told about everything; a strong reference, given up by `close`.
    public var owner: (any ByteStreamOwner)?
    public private(set) var isClosed = false
    /// Whether bytes are being read; see `pauseReading`.
    public internal(set) var isReading = false

    let descriptor: Int32
    let buffer: ReadBuffer
    /// The bufferevent of a TLS connection.
    var secured: OpaquePointer?
    var isInputEnded = false
    private var readEvent: OpaquePointer?
    private var writeEvent: OpaquePointer?
    private var isWaitingToWrite = false
    private var isInOutbox = false
    private var isFailed = false
    private var isFinishing = false
    private var output: [UInt8] = []
    private var sentCount = 0

    /// Takes over a connected, non-blocking socket, which is closed with the stream. Nothing is
    /// read until `start`.
    public init(
        owning descriptor: Int32, on loop: EventLoop, buffer: ReadBuffer,
        remoteAddress: SocketAddress
    ) {
        loop.preconditionCurrent()
        self.descriptor = descriptor
        self.loop = loop
        self.buffer = buffer
        self.remoteAddress = remoteAddress
        var one: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, size)
    }

    /// Starts to read in the clear.
    public func start(_ owner: any ByteStreamOwner) {
        self.owner = owner
        readEvent = event_new(
            loop.base, descriptor, souk_ev_read() | souk_ev_persist(),
            { _, _, context in
                Unmanaged<ByteStream>.fromOpaque(context!).takeUnretainedValue().readSome()
            }, Unmanaged.passUnretained(self).toOpaque())
        resumeReading()
    }

    // MARK: Reading

    /// Leaves further bytes in the network until `resumeReading`.
    public func pauseReading() {
        guard isReading, !isClosed else { return }
        isReading = false
        if let secured {
            bufferevent_disable(secured, souk_ev_read())
        } else if let readEvent {
            event_del(readEvent)
        }
    }

    /// Reads again what comes; no effect while it does.
    public func resumeReading() {
        guard !isReading, !isClosed, !isInputEnded else { return }
        isReading = true
        if let secured {
            bufferevent_enable(secured, souk_ev_read())
        } else if let readEvent {
            event_add(readEvent, nil)
        }
    }

    private func readSome() {
        let count = recv(descriptor, buffer.memory.baseAddress, buffer.memory.count, 0)
        if count > 0 {
            owner?.stream(self, didRead: UnsafeRawBufferPointer(rebasing: buffer.memory[..<count]))
        } else if count == 0 {
            endInput()
        } else if errno != EAGAIN && errno != EINTR {
            let error = NetworkError(errno: errno, "read")
            pauseReading()
            fail(error)
        }
    }

    func endInput() {
        pauseReading()
        isInputEnded = true
        owner?.streamDidEnd(self)
    }

    /// Looks whether the peer has torn the connection down, which nobody tells a stream that is
    /// not read; the owner hears of it as of every failure, after this call.
    public func checkPeer() {
        guard !isClosed, !isFailed else { return }
        var code: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        if code != 0 { failLater(NetworkError(errno: code, "read")) }
    }

    // MARK: Writing

    /// Bytes that the network has not taken yet.
    public var unsentBytes: Int {
        output.count - sentCount
            + (secured.map { evbuffer_get_length(bufferevent_get_output($0)) } ?? 0)
    }

    /// Gathers output; nothing leaves before `flush`.
    public func withOutput<Result>(_ body: (inout [UInt8]) -> Result) -> Result {
        body(&output)
    }

    /// Sends what was gathered, as far as the network takes it now; the rest follows by itself.
    public func flush() {
        isInOutbox = false
        guard !isClosed, !isFailed, sentCount < output.count else { return }
        if let secured {
            _ = output.withUnsafeBytes { bufferevent_write(secured, $0.baseAddress, $0.count) }
            output.removeAll(keepingCapacity: output.capacity <= Self.keptCapacity)
        } else if !isWaitingToWrite {
            sendGathered()
        }
    }

    /// Sends what was gathered once the I/O at hand has been looked at, together with what other
    /// streams of the loop have; a lot of it at once.
    public func flushSoon() {
        if output.count - sentCount > Self.keptCapacity { return flush() }
        guard !isClosed, !isFailed, !isInOutbox, !isWaitingToWrite, sentCount < output.count else {
            return
        }
        isInOutbox = true
        loop.outbox.add(self)
    }

    /// Gives back the memory of buffers that are empty, for connections that will be idle long.
    public func trim() {
        if output.isEmpty { output = [] }
    }

    /// Says that nothing more will be sent, after everything gathered has been.
    public func finish() {
        isFinishing = true
        flush()
        finishIfSent()
    }

    private func finishIfSent() {
        guard isFinishing, !isClosed, !isFailed, unsentBytes == 0 else { return }
        if secured != nil { shutdownTLS() }
        shutdown(descriptor, CInt(SHUT_WR))
    }

    private func sendGathered() {
        while sentCount < output.count {
            let count = output.withUnsafeBytes {
                send(
                    descriptor, $0.baseAddress! + sentCount, $0.count - sentCount,
                    CInt(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sentCount += count
            } else if errno == EAGAIN {
                return waitToWrite()
            } else if errno != EINTR {
                return failLater(NetworkError(errno: errno, "write"))
            }
        }
        sentCount = 0
        output.removeAll(keepingCapacity: output.capacity <= Self.keptCapacity)
    }

    private func waitToWrite() {
        isWaitingToWrite = true
        if writeEvent == nil {
            writeEvent = event_new(
                loop.base, descriptor, souk_ev_write(),
                { _, _, context in
                    Unmanaged<ByteStream>.fromOpaque(context!).takeUnretainedValue().didDrain()
                }, Unmanaged.passUnretained(self).toOpaque())
        }
        event_add(writeEvent, nil)
    }

    func didDrain() {
        isWaitingToWrite = false
        if secured == nil { sendGathered() }
        if isFailed { return }
        finishIfSent()
        owner?.streamDidDrain(self)
    }

    // MARK: Ending

    func fail(_ error: NetworkError) {
        guard !isFailed, !isClosed else { return }
        isFailed = true
        owner?.stream(self, didFail: error)
    }

    /// A failed write is told after the caller is done, never within its call.
    private func failLater(_ error: NetworkError) {
        isFailed = true
        loop.submit { [self] in
            if !isClosed { owner?.stream(self, didFail: error) }
        }
    }

    /// Closes at once; what has not been sent is lost. Safe to call twice.
    public func close() {
        loop.preconditionCurrent()
        guard !isClosed else { return }
        isClosed = true
        isReading = false
        if let readEvent { event_free(readEvent) }
        if let writeEvent { event_free(writeEvent) }
        if let secured {
            shutdownTLS()
            bufferevent_free(secured)
        } else {
            _ = Glibc.close(descriptor)
        }
        readEvent = nil
        writeEvent = nil
        secured = nil
        owner = nil
        output = []
        sentCount = 0
    }
}
