public import Runtime
internal import Synchronization

/// An HTTP/1.1 server.
///
/// It is strict: a message that two parsers could read differently is answered with 400 and the
/// connection closed. Handlers run on the loop of their connection, requests of one connection one
/// after the other. With several loops, the kernel spreads connections among them.
public final class HTTPServer: Component, Sendable {
    private let configuration: HTTPServerConfiguration
    private let state: ServerState
    private let parts: [LoopServer]
    private let boundPort = Atomic<Int>(0)

    /// A server that does not listen yet.
    ///
    /// - Throws: `NetworkError` of code `tls` when key or certificate cannot be used.
    public init(
        configuration: HTTPServerConfiguration, loops: [EventLoop], logger: Logger,
        metrics: Metrics, handler: @escaping HTTPHandler
    ) throws(NetworkError) {
        precondition(!loops.isEmpty, "a server needs a loop")
        self.configuration = configuration
        let tls: TLSContext? =
            if let tls = configuration.tls { try TLSContext(server: tls) } else { nil }
        let state = ServerState(
            limits: configuration.limits, logger: logger, tls: tls, handler: handler)
        self.state = state
        parts = loops.map { LoopServer(on: $0, state: state) }
        Self.measure(state, metrics)
    }

    /// The port it listens at; 0 before `start`.
    public var port: Int { boundPort.load(ordering: .acquiring) }

    /// Listens until shutdown is asked for, then finishes the requests at hand and returns.
    ///
    /// - Throws: `NetworkError` when it cannot listen: `addressInUse`, `addressInvalid`.
    public func run(_ lifecycle: Lifecycle) async throws {
        try await start()
        lifecycle.ready()
        await lifecycle.shutdownRequested()
        await shutDown()
    }

    /// Begins to listen and returns. For tests; programs `run` it.
    ///
    /// - Throws: as `run`.
    public func start() async throws {
        guard var address = SocketAddress(literal: configuration.host, port: configuration.port)
        else {
            throw NetworkError(
                .addressInvalid, "listen at \(configuration.host):\(configuration.port)",
                reason: "not an IP address with a port")
        }
        if parts.count > 1 {
            // A shared port is granted even when another program has it: ask for it alone first.
            let part = parts[0]
            let probed = address
            address = try await part.loop.run {
                let probe = try TCPListener(on: part.loop, at: probed, isShared: false) { _, _ in }
                defer { probe.close() }
                return probe.address
            }
        }
        let isShared = parts.count > 1
        for part in parts {
            let wanted = address
            address = try await part.loop.run { try part.listen(at: wanted, isShared: isShared) }
        }
        boundPort.store(address.port, ordering: .releasing)
    }

    /// Accepts no more connections, answers the requests at hand (and those that open connections
    /// still send within `shutdownGrace`) with `Connection: close`, and returns when all are
    /// closed; at once when the task is cancelled.
    public func shutDown() async {
        state.isShuttingDown.store(true, ordering: .relaxed)
        let parts = parts
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for part in parts {
                    group.addTask {
                        await withCheckedContinuation { continuation in
                            part.loop.perform { part.shutDown { continuation.resume() } }
                        }
                    }
                }
            }
        } onCancel: {
            for part in parts { part.loop.submit { part.abort() } }
        }
    }

    private static func measure(_ state: ServerState, _ metrics: Metrics) {
        let connections = metrics.gauge("http_server_connections", "Open connections.")
        let inFlight = metrics.gauge("http_server_requests_in_flight", "Requests being handled.")
        let handled = metrics.counter("http_server_requests_total", "Requests answered.")
        let refused = metrics.counter(
            "http_server_refused_total", "Requests refused for their form or their slowness.")
        let overloaded = metrics.counter(
            "http_server_overloaded_total", "Requests and connections turned away as too many.")
        metrics.onScrape { [weak state] in
            guard let state else { return }
            connections.set(Double(state.connections.load(ordering: .relaxed)))
            inFlight.set(Double(state.requestsInFlight.load(ordering: .relaxed)))
            handled.add(state.handled.exchange(0, ordering: .relaxed))
            refused.add(state.refused.exchange(0, ordering: .relaxed))
            overloaded.add(state.overloaded.exchange(0, ordering: .relaxed))
        }
    }
}
