internal import Glibc
public import HTTP
public import Runtime

/// A server on a free port of this machine, with a loop of its own.
public struct LoopbackServer: Sendable {
    public let port: Int
    public let loop: EventLoop
    /// For requests to it and to others.
    public let client: HTTPClient
    /// What the server measures of itself.
    public let metrics: Metrics

    public var url: String { "http://127.0.0.1:\(port)" }

    /// Serves for as long as `body` runs.
    public static func with<R>(
        limits: HTTPLimits = HTTPLimits(), clientLimits: HTTPClientLimits = HTTPClientLimits(),
        logger: Logger = .silent, _ handler: @escaping HTTPHandler,
        _ body: (LoopbackServer) async throws -> R
    ) async throws -> R {
        let loop = EventLoop(name: "test-server")
        let metrics = Metrics()
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(port: 0, limits: limits), loops: [loop],
            logger: logger, metrics: metrics, handler: handler)
        try await server.start()
        let client = HTTPClient(loop: loop, limits: clientLimits)
        let outcome: Result<R, any Error>
        do {
            outcome = .success(
                try await body(
                    LoopbackServer(
                        port: server.port, loop: loop, client: client, metrics: metrics)))
        } catch {
            outcome = .failure(error)
        }
        await client.close()
        await server.shutDown()
        loop.stop()
        return try outcome.get()
    }

    /// A blocking socket that listens on a free port of this machine, for servers that say what no
    /// library would. Whoever takes it closes it.
    ///
    /// - Throws: `RawSocketError` when there is no port.
    public static func listeningSocket() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard isListening else {
            close(descriptor)
            throw RawSocketError("no port for a test")
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// A connection for bytes as they stand.
    public func connect() throws -> RawSocket { try RawSocket(port: port) }

    /// Sends text as it stands and reads all that comes until the server closes.
    public func exchange(_ text: String) async throws -> String {
        let socket = try connect()
        try socket.send(text)
        return try await socket.readToEnd()
    }
}
