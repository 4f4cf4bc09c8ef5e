/// A part of a program that lives from start to shutdown: a server, a pool, a consumer.
public protocol Component: Sendable {
    /// Works until `lifecycle` asks for shutdown, finishes what it has begun, and returns.
    ///
    /// Call `lifecycle.ready()` once others may rely on this component. When the deadline of the
    /// shutdown passes, the task is cancelled.
    func run(_ lifecycle: Lifecycle) async throws
}
