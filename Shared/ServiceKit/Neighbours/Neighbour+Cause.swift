public import EventStore
internal import Runtime

extension Neighbour {
    /// Calls inside `body` carry the correlation and the trace of what caused them: for work that
    /// goes on after its request was answered, or is taken up again later.
    public static func onBehalf<R>(
        of cause: EventMetadata, _ body: () async throws -> R
    ) async rethrows -> R {
        var scope = WorkScope.current
        scope.correlationID = cause.correlationID
        if let trace = cause.traceparent.flatMap({ TraceContext(traceparent: $0) }) {
            scope.trace = trace
        }
        return try await WorkScope.$current.withValue(scope) { try await body() }
    }
}
