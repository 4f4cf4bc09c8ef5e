public import Runtime
internal import Synchronization

/// Keeps every log line for a test to look at.
public final class RecordingLogSink: LogSink {
    private let lines = Mutex<[LogRecord]>([])

    /// A sink without lines.
    public init() {}

    /// The lines so far, in order.
    public var records: [LogRecord] { lines.withLock { $0 } }

    /// The sentences so far, in order.
    public var messages: [String] { records.map(\.message) }

    /// Keeps a line.
    public func write(_ record: LogRecord) { lines.withLock { $0.append(record) } }
}

extension Logger {
    /// A logger that says nothing.
    public static var silent: Logger { Logger(label: "silent", level: .error, sink: NoSink()) }

    /// A logger whose every line goes to `sink`.
    public static func recording(_ sink: RecordingLogSink) -> Logger {
        Logger(label: "test", level: .debug, sink: sink)
    }
}

private struct NoSink: LogSink {
    func write(_ record: LogRecord) {}
}
