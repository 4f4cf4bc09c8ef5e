public import EventStore
internal import Runtime

extension Neighbour {
    /// Calls inside `body` carry the correlation and the trace of what caused them: for work that
    /// goes on after its request was answered, or is taken up again later.
    public static func onBehalf<R>(
        of cause: EventMetadata, _ body: () async throws -> R
    ) async rethrows -> R {
        let trace = cause.traceparent.flatMap { TraceContext(traceparent: $0) }
        var scope = RequestScope.current
        scope.correlationID = cause.correlationID
        return try await RequestScope.$current.withValue(scope) {
            try await TraceContext.$current.withValue(trace ?? TraceContext.current) {
                try await body()
            }
        }
    }
}
