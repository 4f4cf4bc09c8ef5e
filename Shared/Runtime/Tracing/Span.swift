public import EventTypes
internal import Synchronization

/// What a span stands for, seen from its program.
public enum SpanKind: Int, Sendable {
    /// Work inside the program.
    case `internal` = 1
    /// The answering of a request.
    case server = 2
    /// A request to somebody else.
    case client = 3
    /// The sending of a message.
    case producer = 4
    /// The handling of a message.
    case consumer = 5
}

/// A piece of work while it lasts; more facts may be added to it.
public final class Span: Sendable {
    /// What the span's own children and outgoing requests refer to.
    public let context: TraceContext
    private let added = Mutex<[(key: String, value: any CustomStringConvertible & Sendable)]>([])

    init(context: TraceContext) { self.context = context }

    /// Adds facts; the last of several with one key counts. Redacted like those of a log line.
    public func add(_ attributes: Logger.Fields) {
        let redacted = Redaction.redacted(attributes)
        added.withLock { $0 += redacted }
    }

    var attributes: [(key: String, value: any CustomStringConvertible & Sendable)] {
        added.withLock { $0 }
    }
}

/// A piece of work that has ended.
public struct FinishedSpan: Sendable {
    /// Its place in the trace.
    public let context: TraceContext
    /// The work it was part of; nil at the root.
    public let parent: SpanID?
    /// What was done, with few different values, such as `GET /api/v1/products/{id}`.
    public let name: String
    /// What it stands for.
    public let kind: SpanKind
    /// When it began.
    public let start: Timestamp
    /// How long it took.
    public let duration: Duration
    /// The facts, redacted.
    public let attributes: [(key: String, value: any CustomStringConvertible & Sendable)]
    /// The type of the error that ended it; nil when it succeeded.
    public let failure: String?
}
