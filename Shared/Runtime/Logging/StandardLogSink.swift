internal import EventTypes
internal import Glibc
internal import Synchronization

/// How log lines look.
public enum LogFormat: String, CaseIterable, Sendable {
    /// `pretty` on a terminal, `json` otherwise.
    case automatic
    /// One JSON object a line.
    case json
    /// For people.
    case pretty
}

/// Writes log lines to a file descriptor, one write(2) a line. Lines are lost, not waited for, when
/// nobody reads them any more.
public final class StandardLogSink: LogSink {
    private let descriptor: Int32
    private let isPretty: Bool
    private let hasColours: Bool
    private let turn = Mutex(())

    /// A sink on standard error, or on another descriptor that stays open as long as the sink.
    public init(format: LogFormat = .automatic, descriptor: Int32 = 2) {
        let isTerminal = isatty(descriptor) == 1
        self.descriptor = descriptor
        isPretty = format == .pretty || (format == .automatic && isTerminal)
        hasColours = isTerminal && Program.environment["NO_COLOR"] == nil
    }

    /// Writes one line.
    public func write(_ record: LogRecord) {
        let line =
            isPretty
            ? LogText.pretty(record, colours: hasColours) : LogText.json(record)
        turn.withLock { _ in Terminal.write(line + "\n", to: descriptor) }
    }
}

/// Log lines as text.
enum LogText {
    /// The most bytes of one message or field that are written.
    static let valueLimit = 16_384

    private static let reserved: Set<String> = [
        "time", "level", "label", "message", "trace_id", "span_id",
    ]

    static func json(_ record: LogRecord) -> String {
        var object = JSONText()
        object.begin("{")
        object.field("time", record.time.description)
        object.field("level", record.level.rawValue)
        object.field("label", record.label)
        object.field("message", cut(record.message))
        if let trace = record.trace {
            object.field("trace_id", trace.traceID.description)
            object.field("span_id", trace.spanID.description)
        }
        for (index, field) in record.fields.enumerated() {
            // The last of several facts with one key counts: JSON readers differ on duplicates.
            let isLast = !record.fields[(index + 1)...].contains { $0.key == field.key }
            guard isLast else { continue }
            object.key(reserved.contains(field.key) ? field.key + "_" : field.key)
            append(field.value, to: &object)
        }
        object.end("}")
        return object.text
    }

    static func pretty(_ record: LogRecord, colours: Bool) -> String {
        let time = record.time.description.dropFirst(11).prefix(12)
        let level = record.level.rawValue.uppercased()
        let padding = String(repeating: " ", count: 7 - level.count)
        var line = "\(time) "
        line += colours ? "\(colour(record.level))\(level)\u{1B}[0m" : level
        line += "\(padding) \(record.label): \(printable(cut(record.message)))"
        for field in record.fields {
            let key = colours ? "\u{1B}[2m\(printable(field.key))=\u{1B}[0m" : "\(field.key)="
            line += " \(key)\(quoted(printable(cut(shown(field.value)))))"
        }
        if let trace = record.trace { line += " trace=\(trace.traceID)" }
        return line
    }

    private static func append(
        _ value: any CustomStringConvertible & Sendable, to object: inout JSONText
    ) {
        switch value {
        case let value as String: object.string(cut(value))
        case let value as Int: object.raw(String(value))
        case let value as Bool: object.raw(value ? "true" : "false")
        case let value as Double where value.isFinite: object.raw("\(value)")
        case let value as Duration: object.raw("\(value.inSeconds)")
        case let value as any BinaryInteger: object.raw(value.description)
        default: object.string(cut(value.description))
        }
    }

    private static func shown(_ value: any CustomStringConvertible & Sendable) -> String {
        guard let duration = value as? Duration else { return value.description }
        let microseconds = Int64(duration.inSeconds * 1e6)
        if microseconds < 1_000 { return "\(microseconds)µs" }
        if microseconds < 1_000_000 { return "\(Double(microseconds / 10) / 100)ms" }
        return "\(Double(microseconds / 1_000) / 1_000)s"
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > valueLimit else { return text }
        return String(decoding: text.utf8.prefix(valueLimit), as: UTF8.self) + "…"
    }

    /// Without control characters, which could rewrite the terminal.
    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.properties.generalCategory == .control {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func quoted(_ text: String) -> String {
        text.isEmpty || text.contains(" ") ? "\"\(text)\"" : text
    }

    private static func colour(_ level: LogLevel) -> String {
        switch level {
        case .debug: "\u{1B}[2m"
        case .info: "\u{1B}[32m"
        case .notice: "\u{1B}[36m"
        case .warning: "\u{1B}[33m"
        case .error: "\u{1B}[31m"
        }
    }
}
