internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import Synchronization

/// Moves payments when their time has come, and delivers events until they have arrived.
final class Dispatcher: Component {
    /// Events under way at once, each of another payment.
    static let mostUnderWay = 32
    static let deliveryTimeout = Duration.seconds(5)

    private let store: SandboxStore
    private let client: HTTPClient
    private let loop: EventLoop
    private let url: String
    private let secret: String
    private let logger: Logger

    init(
        store: SandboxStore, client: HTTPClient, loop: EventLoop, url: String, secret: String,
        logger: Logger
    ) {
        self.store = store
        self.client = client
        self.loop = loop
        self.url = url
        self.secret = secret
        self.logger = logger
    }

    func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.onShutdown { [store] in store.finish() }
        lifecycle.ready()
        store.wake()
        let alarm = Alarm(loop: loop) { [store] in store.wake() }
        defer { alarm.cancel() }
        for await _ in store.changes {
            while !lifecycle.isShuttingDown {
                let deliveries = try await store.advance(taking: Self.mostUnderWay)
                if deliveries.isEmpty { break }
                try await deliver(deliveries)
            }
            if lifecycle.isShuttingDown { break }
            if let pause = store.untilNextDue() { alarm.set(pause) }
        }
    }

    private func deliver(_ deliveries: [DeliveryQueue.Delivery]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for delivery in deliveries {
                group.addTask { [self] in
                    let isDelivered = await send(delivery)
                    try await store.note(delivery.event, isDelivered: isDelivered)
                }
            }
            try await group.waitForAll()
        }
    }

    /// Whether the client answered that it has it.
    private func send(_ delivery: DeliveryQueue.Delivery) async -> Bool {
        do {
            let body = try JSON.encode(WebhookEvent(delivery))
            let signature = WebhookSignature.value(secret: secret, body: body, at: store.now)
            let response = try await client.send(
                HTTPClientRequest(
                    .post, url,
                    headers: [
                        "Content-Type": "application/json", WebhookSignature.header: signature,
                    ], body: .bytes(body), timeout: Self.deliveryTimeout))
            _ = try? await response.body.collect(upTo: 1 << 16)
            if (200..<300).contains(response.status.code) { return true }
            logger.debug(
                "not taken", ["event": delivery.event, "status": response.status.code])
        } catch {
            logger.debug("not delivered", ["event": delivery.event, "error": "\(error)"])
        }
        return false
    }
}

/// One timer on the loop that is set and cancelled from any thread.
private final class Alarm: @unchecked Sendable {
    // Safety of `@unchecked`: `timer` is touched on the loop's thread only, through `submit`.
    private let loop: EventLoop
    private let ring: @Sendable () -> Void
    private var timer: LoopTimer?

    init(loop: EventLoop, ring: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.ring = ring
    }

    func set(_ duration: Duration) {
        loop.submit { [self] in
            let timer = timer ?? LoopTimer(on: loop) { [ring] in ring() }
            self.timer = timer
            timer.start(after: duration)
        }
    }

    func cancel() {
        loop.submit { [self] in
            timer?.cancel()
            timer = nil
        }
    }
}
