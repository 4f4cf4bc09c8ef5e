/// The streams of one loop that have something to send when the I/O at hand has been looked at.
///
/// Whoever waits for bytes is woken by the system at each write, which takes as long as the write
/// itself. Of writes that leave together, most find their reader awake.
final class Outbox: @unchecked Sendable {
    // Safety of `@unchecked`: confined to the loop's thread.

    /// So many are sent at once, so that the first does not wait for long.
    static let limit = 16

    private var streams: [ByteStream] = []
    private var isSubmitted = false

    func add(_ stream: ByteStream) {
        streams.append(stream)
        if streams.count >= Self.limit { return send() }
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
