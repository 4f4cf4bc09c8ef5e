internal import Runtime

/// A part of a demonstration, which shows how far it is.
enum DemoPhase {
    /// Does something to many.
    ///
    /// - Parameter limit: how many at once.
    static func run<Item: Sendable, Result: Sendable>(
        _ label: String, _ items: [Item], limit: Int,
        _ body: @escaping @Sendable (Item) async throws -> Result
    ) async throws -> [Result] {
        let progress = TerminalProgress(total: items.count, label: padded(label))
        defer { progress.finish() }
        return try await Together.map(items, limit: limit) { item in
            let result = try await body(item)
            progress.advance()
            return result
        }
    }

    static func padded(_ label: String) -> String {
        label + String(repeating: " ", count: max(0, 14 - label.count))
    }
}
