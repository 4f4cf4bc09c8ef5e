internal import CLibEvent
internal import Glibc

/// Opens a connection to the first of several addresses that answers.
public final class TCPConnector: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop's thread, which every method checks.
    private let loop: EventLoop
    private var addresses: ArraySlice<SocketAddress>
    private var completion: ((Result<(Int32, SocketAddress), NetworkError>) -> Void)?
    private var descriptor: Int32 = -1
    private var event: OpaquePointer?
    private var timer: LoopTimer?
    private var lastError = NetworkError(.unresolved, "connect", reason: "no address")

    /// Starts; `completion` is called once, on the loop, never within this call. The time is for
    /// all addresses together. The new socket is the caller's.
    public init(
        on loop: EventLoop, to addresses: [SocketAddress], timeout: Duration,
        completion: @escaping (Result<(Int32, SocketAddress), NetworkError>) -> Void
    ) {
        loop.preconditionCurrent()
        self.loop = loop
        self.addresses = addresses[...]
        self.completion = completion
        let timer = LoopTimer(on: loop) { [weak self] in
            self?.finish(.failure(NetworkError(.timedOut, "connect", reason: "too slow")))
        }
        timer.start(after: timeout)
        self.timer = timer
        loop.submit { [self] in tryNext() }
    }

    private func tryNext() {
        guard completion != nil else { return }
        guard let address = addresses.popFirst() else { return finish(.failure(lastError)) }
        descriptor = souk_tcp_socket(address.family)
        guard descriptor >= 0 else {
            lastError = NetworkError(errno: errno, "socket")
            return tryNext()
        }
        let result = address.withSockaddr { connect(descriptor, $0, $1) }
        if result == 0 { return finish(.success((descriptor, address))) }
        guard errno == EINPROGRESS else { return failOne(errno, address) }
        let pending = Pending(self, address)
        event = event_new(
            loop.base, descriptor, souk_ev_write(),
            { _, _, context in
                let pending = Unmanaged<Pending>.fromOpaque(context!).takeRetainedValue()
                pending.connector?.decide(pending.address)
            }, Unmanaged.passRetained(pending).toOpaque())
        self.pending = Unmanaged.passUnretained(pending)
        event_add(event, nil)
    }

    /// What the event's callback needs; retained for it until it fires or is given up.
    private final class Pending {
        weak var connector: TCPConnector?
        let address: SocketAddress
        init(_ connector: TCPConnector, _ address: SocketAddress) {
            self.connector = connector
            self.address = address
        }
    }
    private var pending: Unmanaged<Pending>?

    private func decide(_ address: SocketAddress) {
        pending = nil
        dropEvent()
        var number: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size)
        if number == 0 { finish(.success((descriptor, address))) } else { failOne(number, address) }
    }

    private func failOne(_ number: Int32, _ address: SocketAddress) {
        lastError = NetworkError(errno: number, "connect to \(address)")
        closeSocket()
        tryNext()
    }

    private func dropEvent() {
        if let event { event_free(event) }
        event = nil
        pending?.release()
        pending = nil
    }

    private func closeSocket() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }

    private func finish(_ result: Result<(Int32, SocketAddress), NetworkError>) {
        guard let completion else { return }
        self.completion = nil
        timer?.cancel()
        dropEvent()
        if case .failure = result { closeSocket() }
        descriptor = -1
        completion(result)
    }

    /// Gives up; `completion` is not called any more.
    public func cancel() {
        loop.preconditionCurrent()
        completion = nil
        timer?.cancel()
        dropEvent()
        closeSocket()
    }
}
