/// What a component and whoever runs it tell each other: ready, and please stop.
public final class Lifecycle: Sendable {
    private let readiness = Gate()
    private let shutdown = Gate()

    /// A lifecycle by itself, to run one component without a group, as tests do.
    public init() {}

    // MARK: The component's side

    /// Says that others may rely on this component. The first call counts.
    public func ready() { readiness.open() }

    /// Whether the component has been asked to stop.
    public var isShuttingDown: Bool { shutdown.isOpen }

    /// Returns when the component is asked to stop, at once if it has been, or when the calling
    /// task is cancelled.
    public func shutdownRequested() async { await shutdown.wait() }

    /// Calls `body` once when the component is asked to stop; at once if it has been. It runs on
    /// the thread of whoever asks, so it must be short.
    public func onShutdown(_ body: @escaping @Sendable () -> Void) { shutdown.onOpen(body) }

    // MARK: The runner's side

    /// Asks the component to stop. The first call counts.
    public func requestShutdown() { shutdown.open() }

    /// Whether the component said that it is ready.
    public var isReady: Bool { readiness.isOpen }

    /// Returns once the component is ready, or when the calling task is cancelled.
    public func waitUntilReady() async { await readiness.wait() }

    func onReady(_ body: @escaping @Sendable () -> Void) { readiness.onOpen(body) }
}
