internal import Runtime

/// What Ctrl-C does to long work.
enum Interruption {
    /// Runs `body`, cancelled by Ctrl-C.
    ///
    /// - Throws: `Complaint(sentence)` when it was; what `body` throws.
    static func cancels(
        _ sentence: String, _ body: @escaping @Sendable () async throws -> Int32
    ) async throws -> Int32 {
        let (signals, feed) = AsyncStream.makeStream(of: UnixSignal.self)
        let subscription = UnixSignal.subscribe(to: [.int, .term, .hangup]) { feed.yield($0) }
        defer { subscription.cancel() }
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in signals { return nil }
                return nil
            }
            defer { group.cancelAll() }
            if let status = try await group.next() ?? nil { return status }
            group.cancelAll()
            do {
                while try await group.next() != nil {}
            } catch {
                // It was cancelled.
            }
            throw Complaint(sentence)
        }
    }

    /// Runs `body`, which goes on until Ctrl-C ends it well.
    static func ends(_ body: @escaping @Sendable () async throws -> Int32) async throws -> Int32 {
        let sentence = "stopped"
        do {
            return try await cancels(sentence, body)
        } catch let complaint as Complaint where complaint == Complaint(sentence) {
            return ExitStatus.success
        }
    }
}
