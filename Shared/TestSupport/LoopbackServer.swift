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

    /// A connection for bytes as they stand.
    public func connect() throws -> RawSocket { try RawSocket(port: port) }

    /// Sends text as it stands and reads all that comes until the server closes.
    public func exchange(_ text: String) async throws -> String {
        let socket = try connect()
        try socket.send(text)
        return try await socket.readToEnd()
    }
}
