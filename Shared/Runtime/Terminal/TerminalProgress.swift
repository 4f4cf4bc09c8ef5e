internal import Glibc
internal import Synchronization

/// Shows how far some long work has come: a bar that redraws itself on a terminal, a plain line now
/// and then elsewhere. It writes to standard error, so that results on standard output stay clean.
public final class TerminalProgress: Sendable {
    /// How often the bar is drawn anew.
    public static let redrawInterval = Duration.milliseconds(100)
    /// How often a plain line is written.
    public static let lineInterval = Duration.seconds(5)

    private struct State {
        var done = 0
        var total: Int?
        var lastShown: Duration?
        var isFinished = false
    }

    private let label: String
    private let isTerminal: Bool
    private let columns: Int
    private let elapsed: @Sendable () -> Duration
    private let write: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// Progress towards `total` steps, or without an end in sight when it is nil.
    public convenience init(total: Int?, label: String) {
        let start = ContinuousClock.now
        self.init(
            total: total, label: label, isTerminal: isatty(2) == 1,
            columns: Terminal.columns(of: 2) ?? 80, elapsed: { ContinuousClock.now - start },
            write: { Terminal.write($0, to: 2) })
    }

    /// The same with everything from outside, as tests need it.
    public init(
        total: Int?, label: String, isTerminal: Bool, columns: Int,
        elapsed: @escaping @Sendable () -> Duration, write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        self.isTerminal = isTerminal
        self.columns = columns
        self.elapsed = elapsed
        self.write = write
        state = Mutex(State(total: total))
    }

    /// Counts `steps` more as done.
    public func advance(by steps: Int = 1) {
        update { $0.done += steps }
    }

    /// Says how much is done, and, when given, how much there is after all.
    public func set(_ done: Int, of total: Int? = nil) {
        update {
            $0.done = done
            $0.total = total ?? $0.total
        }
    }

    /// Shows the last state and ends the line. Safe to call twice.
    public func finish() {
        let now = elapsed()
        state.withLock { state in
            if state.isFinished { return }
            state.isFinished = true
            show(state, at: now)
            if isTerminal { write("\n") }
        }
    }

    private func update(_ change: (inout State) -> Void) {
        let now = elapsed()
        state.withLock { state in
            change(&state)
            let interval = isTerminal ? Self.redrawInterval : Self.lineInterval
            if state.isFinished || now - (state.lastShown ?? .zero) < interval { return }
            state.lastShown = now
            show(state, at: now)
        }
    }

    private func show(_ state: State, at now: Duration) {
        let facts = facts(state, at: now)
        guard isTerminal else { return write("\(label): \(facts)\n") }
        let line: String
        if let total = state.total, total > 0 {
            let width = max(8, min(40, columns - label.count - facts.count - 5))
            let filled = min(width, state.done * width / total)
            let bar =
                String(repeating: "█", count: filled)
                + String(repeating: "░", count: width - filled)
            line = "\(label) \(bar) \(facts)"
        } else {
            line = "\(label) \(facts)"
        }
        write("\r\(line.prefix(columns - 1))\u{1B}[K")
    }

    /// `1200/5000 24% 400/s 9s left`.
    private func facts(_ state: State, at now: Duration) -> String {
        let seconds = now.inSeconds
        let rate = seconds > 0 ? Double(state.done) / seconds : 0
        let speed = rate >= 10 ? "\(Int(rate))" : "\(Double(Int(rate * 10)) / 10)"
        guard let total = state.total, total > 0 else { return "\(state.done), \(speed)/s" }
        let percent = min(100, state.done * 100 / total)
        var text = "\(state.done)/\(total) \(percent)% \(speed)/s"
        if state.done >= total {
            text += " in \(Self.span(seconds))"
        } else if rate > 0 {
            text += " \(Self.span(Double(total - state.done) / rate)) left"
        }
        return text
    }

    private static func span(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e9).rounded(.up))
        if seconds < 10 && seconds != seconds.rounded() {
            return "\(Double(Int(seconds * 10)) / 10)s"
        }
        if whole < 60 { return "\(whole)s" }
        if whole < 3_600 { return "\(whole / 60)m\(whole % 60)s" }
        return "\(whole / 3_600)h\(whole / 60 % 60)m"
    }
}

/// The terminal that the program may be running in.
public enum Terminal {
    /// Whether the descriptor is one; 1 is standard output, 2 standard error.
    public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// How wide it is; nil when it is none.
    public static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes all of `text`, or as much as is read.
    public static func write(_ text: String, to descriptor: Int32 = 1) {
        var text = text
        text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(
                    descriptor, bytes.baseAddress! + written, bytes.count - written)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { return }
                written += count
            }
        }
    }
}
