/// The streams of one loop that have something to send when the I/O at hand has been looked at.
///
/// Whoever waits for bytes is woken by the system at each write, which takes as long as the write
/// itself. Of writes that leave together, most find their reader awake.
final class Outbox: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop's thread.

    /// So many are sent at once.
    static let limit = 64
    /// How long the first has waited at the most when another comes.
    static let patience: Duration = .microseconds(200)

    private let now: () -> ContinuousClock.Instant
    private var streams: [ByteStream] = []
    private var since: ContinuousClock.Instant
    private var isSubmitted = false

    init(now: @escaping () -> ContinuousClock.Instant = { .now }) {
        self.now = now
        since = now()
    }

    func add(_ stream: ByteStream) {
        let now = now()
        if streams.isEmpty { since = now }
        streams.append(stream)
        if streams.count >= Self.limit || now - since >= Self.patience { return send() }
        if isSubmitted { return }
        isSubmitted = true
        stream.loop.submit { [self] in
            isSubmitted = false
            send()
        }
    }

    private func send() {
        for stream in streams { stream.flush() }
        streams.removeAll(keepingCapacity: true)
    }
}
