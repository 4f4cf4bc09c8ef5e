internal import CPostgres
internal import Runtime

/// One attempt to connect, without blocking the loop: states resolving (only for host names) →
/// polling → done. `done` is called exactly once, on the loop.
final class ConnectionOpener: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop's thread.
    private let loop: EventLoop
    private let configuration: DatabaseConfiguration
    private var done: ((Result<ConnectedHandle, DatabaseError>) -> Void)?
    private var handle: OpaquePointer?
    private var watch: FileDescriptorWatch?
    private var timer: LoopTimer?

    /// A connected PGconn that somebody has to own.
    struct ConnectedHandle { let pointer: OpaquePointer }

    init(
        _ configuration: DatabaseConfiguration, on loop: EventLoop,
        done: @escaping (Result<ConnectedHandle, DatabaseError>) -> Void
    ) {
        self.configuration = configuration
        self.loop = loop
        self.done = done
    }

    func start() {
        let timer = LoopTimer(on: loop) { [weak self] in
            self?.fail("The server did not answer in time.")
        }
        self.timer = timer
        timer.start(after: configuration.connectTimeout)
        do {
            let values = try ConnectionString(configuration)
            guard HostResolver.isNeeded(values) else { return connect(values) }
            NamedThread.start("resolve") { [loop] in
                let resolved = Result { try HostResolver.resolve(values) }
                loop.submit { self.connect(resolved) }
            }
        } catch {
            fail(error)
        }
    }

    func abort() { fail("The pool was closed.") }

    private func connect(_ resolved: Result<ConnectionString, any Error>) {
        guard done != nil else { return }
        switch resolved {
        case .success(let values): connect(values)
        case .failure(let error): fail(error)
        }
    }

    private func connect(_ values: ConnectionString) {
        let keywords = Self.terminated(values.values.map(\.keyword))
        let texts = Self.terminated(values.values.map(\.value))
        defer {
            for pointer in keywords + texts { pointer?.deallocate() }
        }
        let started = keywords.withUnsafeBufferPointer { keywords in
            texts.withUnsafeBufferPointer { texts in
                PQconnectStartParams(
                    UnsafeRawPointer(keywords.baseAddress!)
                        .assumingMemoryBound(to: UnsafePointer<CChar>?.self),
                    UnsafeRawPointer(texts.baseAddress!)
                        .assumingMemoryBound(to: UnsafePointer<CChar>?.self), 0)
            }
        }
        guard let started else { return fail("No memory for a connection.") }
        handle = started
        if PQstatus(started) == CONNECTION_BAD { return failAsServerSays() }
        // As documented: the first poll behaves as if the last had said "writing".
        wait(for: .writable)
    }

    /// C strings, ended by a null pointer; the caller frees them.
    private static func terminated(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { text in
            let bytes = text.utf8CString
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            for (index, byte) in bytes.enumerated() { copy[index] = byte }
            return copy
        } + [nil]
    }

    private func poll() {
        // Polling may close this socket and open the next.
        watch?.stop()
        watch = nil
        guard let handle else { return }
        switch PQconnectPoll(handle) {
        case PGRES_POLLING_READING: wait(for: .readable)
        case PGRES_POLLING_WRITING: wait(for: .writable)
        case PGRES_POLLING_OK: succeed(handle)
        default: failAsServerSays()
        }
    }

    private func wait(for interest: FileDescriptorWatch.Interest) {
        guard let handle else { return }
        let watch = FileDescriptorWatch(PQsocket(handle), on: loop) { [weak self] _ in
            self?.poll()
        }
        self.watch = watch
        watch.wait(for: interest)
    }

    private func succeed(_ handle: OpaquePointer) {
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
            return failAsServerSays()
        }
        // Notices are for people at a terminal; libpq would print them.
        _ = PQsetNoticeReceiver(handle, { _, _ in }, nil)
        self.handle = nil
        finish(.success(ConnectedHandle(pointer: handle)))
    }

    private func failAsServerSays() {
        var text = handle.map { String(cString: PQerrorMessage($0)) } ?? ""
        while text.last?.isWhitespace == true { text.removeLast() }
        fail(text)
    }

    private func fail(_ error: any Error) {
        fail((error as? DatabaseError)?.message ?? "The connection could not be made.")
    }

    private func fail(_ message: String) {
        finish(.failure(DatabaseError(.unreachable, message)))
    }

    private func finish(_ result: Result<ConnectedHandle, DatabaseError>) {
        guard let done = done.take() else { return }
        watch?.stop()
        watch = nil
        timer?.cancel()
        timer = nil
        if let handle = handle.take() { PQfinish(handle) }
        done(result)
    }
}

extension DatabaseError {
    /// Whether a server answered and will say the same next time: wrong password, no such database.
    var isFinalRefusal: Bool {
        let passing = [
            "starting up", "shutting down", "recovery", "too many", "remaining connection",
        ]
        return code == .unreachable && message.contains("FATAL:")
            && !passing.contains { message.contains($0) }
    }
}
