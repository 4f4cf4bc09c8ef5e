/// The pipe for the chunks of a body.
typealias BodyPipe = Pipe<[UInt8]>

extension Pipe<[UInt8]> {
    /// What holding a chunk costs besides its bytes, so that tiny chunks fill the window too.
    private static var chunkOverhead: Int { 64 }

    /// Pushes a chunk; an empty one is dropped.
    func push(_ chunk: [UInt8]) {
        if !chunk.isEmpty { push(chunk, weight: chunk.count + Self.chunkOverhead) }
    }
}

/// The reader's end of a body: when the last copy of it is dropped, the connection hears.
final class BodyReader: Sendable {
    private let pipe: BodyPipe
    private let onDrop: @Sendable () -> Void

    init(_ pipe: BodyPipe, onDrop: @escaping @Sendable () -> Void) {
        self.pipe = pipe
        self.onDrop = onDrop
    }

    func next() async throws -> [UInt8]? { try await pipe.next() }

    deinit { onDrop() }
}
