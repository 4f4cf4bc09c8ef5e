/// The body of a message that came in: chunks of bytes as they arrive, to be gone through once.
///
/// Back-pressure reaches the sender: while nobody asks for the next chunk, at most a window of it
/// is held in memory and the rest stays in the network.
public struct HTTPBody: Sendable, AsyncSequence {
    public typealias Element = [UInt8]

    /// Gives the next chunk, never an empty one; nil at the end.
    typealias Source = @Sendable () async throws -> [UInt8]?

    fileprivate enum Storage: Sendable {
        case bytes([UInt8])
        case stream(Source)
    }

    fileprivate let storage: Storage

    /// The number of bytes when the sender told it; nil for a body of unknown length.
    public let length: Int?

    /// No body.
    public init() { self.init([]) }

    /// A body that is in memory whole.
    public init(_ bytes: [UInt8]) {
        storage = .bytes(bytes)
        length = bytes.count
    }

    /// A body from somewhere else: `next` gives chunks until nil.
    public init(length: Int? = nil, next: @escaping @Sendable () async throws -> [UInt8]?) {
        storage = .stream(next)
        self.length = length
    }

    /// All of it where it is in memory; nil while it is still coming in.
    public var whole: [UInt8]? {
        if case .bytes(let bytes) = storage { bytes } else { nil }
    }

    /// The whole body.
    ///
    /// - Throws: `HTTPBodyError.tooLarge` as soon as it is sure that it has more than `limit`
    ///   bytes; whatever ended the body early.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        if let length, length > limit { throw HTTPBodyError.tooLarge(limit: limit) }
        switch storage {
        case .bytes(let bytes): return bytes
        case .stream(let next):
            var whole: [UInt8] = []
            while let chunk = try await next() {
                if whole.count + chunk.count > limit { throw HTTPBodyError.tooLarge(limit: limit) }
                if whole.isEmpty { whole = chunk } else { whole.append(contentsOf: chunk) }
            }
            return whole
        }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var storage: Storage

        public mutating func next() async throws -> [UInt8]? {
            switch storage {
            case .bytes(let bytes):
                storage = .bytes([])
                return bytes.isEmpty ? nil : bytes
            case .stream(let next): return try await next()
            }
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(storage: storage) }
}

/// Why a body could not be had whole.
public enum HTTPBodyError: Error, Sendable, Equatable {
    /// It has more bytes than the reader or the server's `bodyBytes` allows.
    case tooLarge(limit: Int)
    /// The connection ended, or the message broke the protocol, before the body was complete.
    case incomplete
    /// It did not arrive in time.
    case timedOut
}

extension HTTPBodyError: ProblemConvertible {
    public var problem: Problem {
        switch self {
        case .tooLarge(let limit):
            Problem(
                "content-too-large", 413, "The body is too large",
                detail: "At most \(limit) bytes are taken here.")
        case .incomplete:
            Problem("incomplete-body", 400, "The body is incomplete")
        case .timedOut:
            Problem("request-timeout", 408, "The body did not arrive in time")
        }
    }
}
