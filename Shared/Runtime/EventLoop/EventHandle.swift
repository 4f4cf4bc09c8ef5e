internal import CLibEvent

/// Owns one libevent event; its callback calls `body` with what happened.
///
/// The event holds a box of its own, so that a callback which races with the release of the owner
/// finds the box, never the owner's remains.
final class EventHandle: @unchecked Sendable {
    // Safety of `@unchecked`: `event` never changes; libevent locks the base.
    private let event: OpaquePointer
    private let box: Box
    /// Kept alive because an event must go before its base.
    private let loop: EventLoop

    private final class Box {
        var body: ((Int16) -> Void)?
        init(_ body: @escaping (Int16) -> Void) { self.body = body }
    }

    /// An event on `loop` for `descriptor`, or a timer for -1; not yet added.
    init(on loop: EventLoop, descriptor: Int32, flags: Int16, _ body: @escaping (Int16) -> Void) {
        self.loop = loop
        box = Box(body)
        guard
            let event = event_new(
                loop.base, descriptor, flags,
                { _, happened, context in
                    Unmanaged<Box>.fromOpaque(context!).takeUnretainedValue().body?(happened)
                }, Unmanaged.passUnretained(box).toOpaque())
        else { preconditionFailure("libevent gave no event") }
        self.event = event
    }

    func add() {
        event_add(event, nil)
    }

    func add(after delay: Duration) {
        var interval = timeval(delay)
        event_add(event, &interval)
    }

    deinit {
        // Waits for a callback that runs on the loop's thread while another thread is here.
        event_free(event)
    }
}
