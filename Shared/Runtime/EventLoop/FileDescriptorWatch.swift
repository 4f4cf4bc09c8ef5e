internal import CLibEvent

/// Calls back on the loop whenever a file descriptor of somebody else's (libpq's, librdkafka's) is
/// ready. The descriptor stays the other's: stop watching before it is closed.
///
/// Create, change and stop it on the loop's thread.
public final class FileDescriptorWatch: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop's thread, which every method checks.

    /// What to wait for.
    public struct Interest: OptionSet, Sendable {
        /// libevent's bits.
        public let rawValue: Int16
        /// A set of libevent's bits.
        public init(rawValue: Int16) { self.rawValue = rawValue }
        /// Something can be read, or the other side closed.
        public static let readable = Interest(rawValue: 0x02)
        /// Something can be written.
        public static let writable = Interest(rawValue: 0x04)
    }

    private let loop: EventLoop
    private let descriptor: Int32
    private let onReady: (Interest) -> Void
    private var handle: EventHandle?
    private var interest: Interest = []

    /// Watches nothing until `wait(for:)`.
    public init(
        _ descriptor: Int32, on loop: EventLoop, onReady: @escaping (Interest) -> Void
    ) {
        loop.preconditionCurrent()
        self.loop = loop
        self.descriptor = descriptor
        self.onReady = onReady
    }

    /// Replaces what is waited for; an empty set pauses the watch.
    public func wait(for interest: Interest) {
        loop.preconditionCurrent()
        if interest == self.interest { return }
        stop()
        if interest.isEmpty { return }
        self.interest = interest
        handle = EventHandle(
            on: loop, descriptor: descriptor, flags: interest.rawValue | souk_ev_persist()
        ) { [onReady] happened in onReady(Interest(rawValue: happened)) }
        handle?.add()
    }

    /// Stops for good. Safe to call twice.
    public func stop() {
        loop.preconditionCurrent()
        interest = []
        handle = nil
    }
}
