/// Writes structured lines: a sentence and its facts.
///
/// Facts whose key names a secret or personal data (`password`, `access_token`, `email`, …) reach
/// no sink: see `Redaction`. The sentence itself is not looked through, so put values in facts.
public struct Logger: Sendable {
    /// The facts of a line, in the order written.
    public typealias Fields = KeyValuePairs<String, any CustomStringConvertible & Sendable>

    /// Which part of the program speaks.
    public let label: String
    /// The lowest level that is written.
    public let level: LogLevel
    private let sink: any LogSink
    private let clock: any WallClock
    private var context: [(key: String, value: any CustomStringConvertible & Sendable)] = []

    /// A logger for the part named `label`.
    public init(
        label: String, level: LogLevel = .info, sink: any LogSink,
        clock: any WallClock = SystemClock()
    ) {
        self.label = label
        self.level = level
        self.sink = sink
        self.clock = clock
    }

    /// The same logger with more facts on every line.
    public func with(_ fields: Fields) -> Logger {
        var copy = self
        copy.context += Redaction.redacted(fields)
        return copy
    }

    /// The same logger for a part with another name.
    public func labelled(_ label: String) -> Logger {
        var copy = Logger(label: label, level: level, sink: sink, clock: clock)
        copy.context = context
        return copy
    }

    /// Whether lines of this level are written.
    public func isEnabled(_ level: LogLevel) -> Bool { level >= self.level }

    /// Writes a line for whoever looks for a fault.
    public func debug(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]
    ) {
        log(.debug, message(), fields())
    }

    /// Writes a line about the ordinary course.
    public func info(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]
    ) {
        log(.info, message(), fields())
    }

    /// Writes a line about something rare and worth knowing.
    public func notice(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]
    ) {
        log(.notice, message(), fields())
    }

    /// Writes a line about something wrong that the program coped with.
    public func warning(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]
    ) {
        log(.warning, message(), fields())
    }

    /// Writes a line about a failure that somebody will miss.
    public func error(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]
    ) {
        log(.error, message(), fields())
    }

    /// Writes a line of a level chosen at run time.
    public func log(
        _ level: LogLevel, _ message: @autoclosure () -> String,
        _ fields: @autoclosure () -> Fields = [:]
    ) {
        guard isEnabled(level) else { return }
        sink.write(
            LogRecord(
                time: clock.now(), level: level, label: label, message: message(),
                fields: context + Redaction.redacted(fields()), trace: TraceContext.current))
    }
}
