/// Where a streamed body is written to, chunk by chunk.
public struct HTTPBodyWriter: Sendable {
    private let sink: @Sendable ([UInt8]) async throws -> Void

    /// A writer that hands each chunk to `sink`; the server and the client make their own.
    public init(_ sink: @escaping @Sendable ([UInt8]) async throws -> Void) { self.sink = sink }

    /// Writes a chunk and returns when there is room for another, so that a slow reader slows the
    /// writer down. An empty chunk writes nothing.
    ///
    /// - Throws: `HTTPBodyError.incomplete` when the connection is gone; `CancellationError`.
    public func write(_ bytes: [UInt8]) async throws {
        if !bytes.isEmpty { try await sink(bytes) }
    }

    /// Writes text as UTF-8.
    public func write(_ text: String) async throws { try await write(Array(text.utf8)) }
}
