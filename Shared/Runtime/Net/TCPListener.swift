internal import CLibEvent
internal import Glibc

/// A listening socket on one loop.
public final class TCPListener: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop's thread, which every method checks.

    /// Connections that the kernel holds until they are accepted.
    public static let backlog = 1_024
    /// Connections accepted before others have their turn.
    static let acceptBatch = 64
    /// The pause when the process has no descriptor left.
    static let pauseWhenExhausted: Duration = .milliseconds(100)

    /// Where it listens; the port is the real one.
    public let address: SocketAddress
    private let loop: EventLoop
    private let descriptor: Int32
    private let onAccept: (Int32, SocketAddress) -> Void
    private var event: OpaquePointer?
    private var pause: LoopTimer?

    /// Binds and listens; `onAccept` gets each new non-blocking socket, and owns it.
    ///
    /// - Parameter isShared: lets other loops of the program listen at the same port, among which
    ///   the kernel spreads the connections.
    /// - Throws: `NetworkError`: `addressInUse`, `addressInvalid` and others of the system.
    public init(
        on loop: EventLoop, at address: SocketAddress, isShared: Bool,
        onAccept: @escaping (Int32, SocketAddress) -> Void
    ) throws(NetworkError) {
        loop.preconditionCurrent()
        descriptor = souk_tcp_socket(address.family)
        guard descriptor >= 0 else { throw NetworkError(errno: errno, "socket") }
        self.loop = loop
        self.onAccept = onAccept
        do throws(NetworkError) {
            self.address = try Self.listen(descriptor, address, isShared)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
        event = event_new(
            loop.base, descriptor, souk_ev_read() | souk_ev_persist(),
            { _, _, context in
                Unmanaged<TCPListener>.fromOpaque(context!).takeUnretainedValue().acceptSome()
            }, Unmanaged.passUnretained(self).toOpaque())
        event_add(event, nil)
    }

    private static func listen(
        _ descriptor: Int32, _ address: SocketAddress, _ isShared: Bool
    ) throws(NetworkError) -> SocketAddress {
        var one: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        if isShared { setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &one, size) }
        guard address.withSockaddr({ bind(descriptor, $0, $1) }) == 0,
            Glibc.listen(descriptor, CInt(backlog)) == 0
        else { throw NetworkError(errno: errno, "listen at \(address)") }
        guard let bound = SocketAddress(filledBy: { getsockname(descriptor, $0, $1) == 0 }) else {
            throw NetworkError(errno: errno, "listen at \(address)")
        }
        return bound
    }

    private func acceptSome() {
        for _ in 0..<Self.acceptBatch {
            guard acceptOne() else { return }
        }
    }

    /// False when there is none to accept now.
    private func acceptOne() -> Bool {
        guard event != nil else { return false }
        var accepted: Int32 = -1
        let remote = SocketAddress { address, length in
            accepted = souk_accept(descriptor, address, length)
            return accepted >= 0
        }
        if let remote {
            onAccept(accepted, remote)
            return true
        }
        switch errno {
        case EAGAIN: return false
        case EMFILE, ENFILE, ENOMEM, ENOBUFS:
            pauseAccepting()
            return false
        default: return true
        }
    }

    private func pauseAccepting() {
        guard let event else { return }
        event_del(event)
        let pause = LoopTimer(on: loop) { [weak self] in
            guard let event = self?.event else { return }
            event_add(event, nil)
        }
        pause.start(after: Self.pauseWhenExhausted)
        self.pause = pause
    }

    /// Accepts what the kernel already holds, so that nobody who was let in is turned away, and
    /// listens no more. Safe to call twice.
    public func close() {
        loop.preconditionCurrent()
        guard let event else { return }
        for _ in 0..<Self.backlog {
            guard acceptOne() else { break }
        }
        self.event = nil
        event_free(event)
        pause?.cancel()
        _ = Glibc.close(descriptor)
    }

    deinit {
        if let event {
            event_free(event)
            _ = Glibc.close(descriptor)
        }
    }
}
