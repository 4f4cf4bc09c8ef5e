public import EventTypes

/// One line of the log, already redacted.
public struct LogRecord: Sendable {
    /// When it was logged.
    public let time: Timestamp
    /// How much it matters.
    public let level: LogLevel
    /// Which part of the program speaks.
    public let label: String
    /// The sentence.
    public let message: String
    /// The facts, in the order given; secrets read `[redacted]`.
    public let fields: [(key: String, value: any CustomStringConvertible & Sendable)]
    /// The trace that the line belongs to.
    public let trace: TraceContext?
}

/// Where log lines go. Called from any thread; must neither block for long nor log.
public protocol LogSink: Sendable {
    /// Takes one line.
    func write(_ record: LogRecord)
}
