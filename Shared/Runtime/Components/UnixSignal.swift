internal import Glibc
internal import Synchronization

/// A signal that the process may be sent.
public struct UnixSignal: Hashable, Sendable, CustomStringConvertible {
    let number: Int32

    private init(_ number: Int32) { self.number = number }

    /// SIGTERM: stop, please.
    public static let term = UnixSignal(SIGTERM)
    /// SIGINT: Ctrl-C.
    public static let int = UnixSignal(SIGINT)
    /// SIGHUP: the terminal went away, or read your settings again.
    public static let hangup = UnixSignal(SIGHUP)
    /// SIGUSR1.
    public static let user1 = UnixSignal(SIGUSR1)
    /// SIGUSR2.
    public static let user2 = UnixSignal(SIGUSR2)
    /// SIGWINCH: the terminal has another size.
    public static let windowChanged = UnixSignal(SIGWINCH)

    /// The name as kill(1) lists it, such as `SIGTERM`.
    public var description: String {
        switch number {
        case SIGTERM: "SIGTERM"
        case SIGINT: "SIGINT"
        case SIGHUP: "SIGHUP"
        case SIGUSR1: "SIGUSR1"
        case SIGUSR2: "SIGUSR2"
        case SIGWINCH: "SIGWINCH"
        default: "signal \(number)"
        }
    }

    /// Sends this signal to the process itself.
    public func raise() { kill(getpid(), number) }

    /// Calls `handler`, on a thread of its own, whenever one of `signals` arrives, instead of what
    /// the system would do. Ends when the subscription is cancelled or released.
    public static func subscribe(
        to signals: [UnixSignal], _ handler: @escaping @Sendable (UnixSignal) -> Void
    ) -> Subscription {
        Subscription(id: SignalRegistry.shared.add(signals, handler))
    }

    /// Keeps a handler of signals alive.
    public final class Subscription: Sendable {
        private let id: Int
        init(id: Int) { self.id = id }

        /// Stops the calls. Once nobody subscribes to a signal, the system's default is back.
        public func cancel() { SignalRegistry.shared.remove(id) }

        deinit { cancel() }
    }

    init(number: Int32) { self.number = number }
}

/// The process's signal handlers: the handler writes the number to a pipe, one thread reads it.
private final class SignalRegistry: Sendable {
    private struct State {
        var nextID = 0
        var subscribers: [Int: (signals: [UnixSignal], handler: @Sendable (UnixSignal) -> Void)] =
            [:]
        var previous: [Int32: sigaction] = [:]
    }

    static let shared = SignalRegistry()
    /// The writing end, for the signal handler. Set before any handler is installed.
    static let pipeForHandler = Atomic<Int32>(-1)

    private let state = Mutex(State())
    private let readingEnd: Int32

    private init() {
        var ends: [Int32] = [-1, -1]
        let failed = pipe(&ends)
        precondition(failed == 0, "no pipe for signals")
        readingEnd = ends[0]
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        Self.pipeForHandler.store(ends[1], ordering: .sequentiallyConsistent)
        NamedThread.start("signals") { [self] in readForever() }
    }

    func add(_ signals: [UnixSignal], _ handler: @escaping @Sendable (UnixSignal) -> Void) -> Int {
        state.withLock { state in
            state.nextID += 1
            state.subscribers[state.nextID] = (signals, handler)
            for signal in signals where state.previous[signal.number] == nil {
                state.previous[signal.number] = Self.install(signal.number)
            }
            return state.nextID
        }
    }

    func remove(_ id: Int) {
        state.withLock { state in
            guard let gone = state.subscribers.removeValue(forKey: id) else { return }
            for signal in gone.signals {
                let isWanted = state.subscribers.values.contains { $0.signals.contains(signal) }
                if !isWanted, var previous = state.previous.removeValue(forKey: signal.number) {
                    sigaction(signal.number, &previous, nil)
                }
            }
        }
    }

    private static func install(_ number: Int32) -> sigaction {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            // Async-signal-safe: an atomic load and write(2), with errno put back.
            let error = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(SignalRegistry.pipeForHandler.load(ordering: .relaxed), &byte, 1)
            errno = error
        }
        action.sa_flags = SA_RESTART
        var previous = sigaction()
        sigaction(number, &action, &previous)
        return previous
    }

    private func readForever() {
        // Whoever started the program may have blocked signals, and every thread inherits that:
        // this one takes them.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        var byte: UInt8 = 0
        while true {
            guard read(readingEnd, &byte, 1) == 1 else { continue }
            let signal = UnixSignal(number: Int32(byte))
            let handlers = state.withLock { state in
                state.subscribers.sorted { $0.key < $1.key }
                    .filter { $0.value.signals.contains(signal) }.map(\.value.handler)
            }
            for handler in handlers { handler(signal) }
        }
    }
}
