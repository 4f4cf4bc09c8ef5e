internal import HTTP
internal import Runtime
internal import ServiceKit

/// Lets WebSockets pass: opens the service's side first, so that a client whom the service refuses
/// is told so by an ordinary answer.
struct SocketPassage: Sendable {
    let proxy: Proxy
    let slots: SocketSlots
    /// What clients may send.
    let clientLimits: WebSocketLimits
    /// What services may send.
    let serviceLimits: WebSocketLimits
    /// How long a WebSocket may carry nothing.
    let idle: Duration
    let logger: Logger

    /// The service's side of a WebSocket whose client's side may never come to be.
    private final class ServiceSide: Sendable {
        let socket: WebSocketConnection
        let lease: ReplicaLease
        let slot: SocketSlots.Slot

        init(_ socket: WebSocketConnection, _ lease: ReplicaLease, _ slot: SocketSlots.Slot) {
            self.socket = socket
            self.lease = lease
            self.slot = slot
        }

        deinit { socket.abandon() }
    }

    /// - Parameter client: whose WebSockets are counted together.
    /// - Throws: `Problem`.
    func open(
        _ call: FallbackCall, _ offer: SocketOffer, for client: String, to pool: UpstreamPool
    ) async throws -> HTTPResponse {
        let slot = try slots.take(for: client)
        let run = try await proxy.send(offer.request, of: call, to: pool, socket: offer)
        switch try run.end() {
        case .response(let response, let lease):
            return try await proxy.answer(response, toHead: false, lease)
        case .socket(let socket, let lease):
            let side = ServiceSide(socket, lease, slot)
            return .webSocket(handler(side, call.request.id, pool.name))
        }
    }

    private func handler(
        _ side: ServiceSide, _ requestID: String, _ service: String
    ) -> WebSocketHandler {
        WebSocketHandler(limits: clientLimits, subprotocol: side.socket.subprotocol) { client in
            let start = ContinuousClock.now
            proxy.metrics.sockets.add(1)
            let relay = SocketRelay(
                client: client, service: side.socket, idle: idle, loop: proxy.loop)
            let report = await relay.run()
            proxy.metrics.sockets.add(-1)
            proxy.metrics.socketEnded(report)
            logger.info(
                "a WebSocket ended",
                [
                    "service": service, "request_id": requestID,
                    "code": Int(report.code.rawValue), "from_client": report.fromClient,
                    "from_service": report.fromService,
                    "duration_ms": (ContinuousClock.now - start).inMilliseconds,
                ])
        }
    }
}
