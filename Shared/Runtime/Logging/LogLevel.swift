/// How much a log line matters; a logger drops what is below its own level.
public enum LogLevel: String, CaseIterable, Comparable, Sendable {
    /// For whoever looks for a fault; off in production.
    case debug
    /// What happened in the ordinary course.
    case info
    /// Rare and worth knowing: started, stopped, settings changed.
    case notice
    /// Something is wrong, and the program coped.
    case warning
    /// Something failed that somebody will miss.
    case error

    /// Orders by weight, `debug` lowest.
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.weight < right.weight }

    private var weight: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .notice: 2
        case .warning: 3
        case .error: 4
        }
    }
}
