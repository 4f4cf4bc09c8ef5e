public import EventStore
internal import ServiceKit
public import Testing

extension ServiceHarness {
    /// Folds every read model afresh, beside those that were kept while the test went on, and
    /// expects them to be the same.
    ///
    /// - Parameter name: only this one.
    /// - Returns: what each rebuild counted.
    @discardableResult
    public func expectRebuildsAreIdentical(
        _ name: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [RebuildReport] {
        let store = try #require(
            store as? PostgresEventStore, "only a database has read models",
            sourceLocation: sourceLocation)
        let runner = ProjectionRunner(
            store: store, pool: context.pool, projections: blueprint.projections,
            loop: context.loop, clock: clock, logger: context.logger, metrics: context.metrics)
        var reports: [RebuildReport] = []
        for projection in blueprint.projections where name == nil || projection.name == name {
            let report = try await runner.rebuild(projection.name)
            #expect(
                report.wasIdentical == true, "\(projection.name): \(report)",
                sourceLocation: sourceLocation)
            reports.append(report)
        }
        return reports
    }
}
