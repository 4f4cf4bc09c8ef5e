public import EventTypes

/// What the work of a task belongs to. It travels with the task, whose children inherit it: one
/// value, because to bind each part by itself takes as long again.
public struct WorkScope: Sendable {
    /// The scope of the running task.
    @TaskLocal public static var current = WorkScope()

    /// Its place in a trace.
    public var trace: TraceContext?
    /// What it is part of, over all services.
    public var correlationID: CorrelationID?
    /// When nobody waits for its outcome any more.
    public var deadline: ContinuousClock.Instant?

    public init(
        trace: TraceContext? = nil, correlationID: CorrelationID? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) {
        self.trace = trace
        self.correlationID = correlationID
        self.deadline = deadline
    }

    /// The scope of the running task, at another place in a trace.
    public static func current(in trace: TraceContext?) -> WorkScope {
        var scope = current
        scope.trace = trace
        return scope
    }
}
