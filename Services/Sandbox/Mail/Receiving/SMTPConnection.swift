internal import Runtime

/// One client of the mail server.
final class SMTPConnection: ByteStreamOwner {
    /// How long, and for how many bytes, a client that was sent away is still read, so that the
    /// last answer reaches it.
    static let lingering: Duration = .seconds(2)
    static let lingeringBytes = 12 << 20

    private let stream: ByteStream
    private var session: SMTPSession
    private let limits: SMTPLimits
    private let onClosed: () -> Void
    private let end: ContinuousClock.Instant
    private var deadline: ContinuousClock.Instant
    private var pause: LoopTimer?
    /// The last answer is out.
    private(set) var isEnding = false
    private var lingered = 0

    init(
        _ stream: ByteStream, _ session: SMTPSession, onClosed: @escaping () -> Void
    ) {
        self.stream = stream
        self.session = session
        self.onClosed = onClosed
        limits = session.limits
        end = .now + limits.session
        deadline = .now + limits.idle
    }

    func start() {
        stream.start(self)
        var output: [UInt8] = []
        let next = session.greet(&output)
        go(output, next)
    }

    /// Says why nothing more is taken, and closes.
    func refuse(_ reply: SMTPReply) {
        guard !isEnding else { return }
        var output: [UInt8] = []
        let next = session.end(reply, &output)
        go(output, next)
    }

    /// Called every second.
    func check(_ now: ContinuousClock.Instant) {
        if isEnding {
            if now > deadline { close() }
        } else if now > min(deadline, end) {
            refuse(.tooSlow)
        }
    }

    private func proceed() {
        var output: [UInt8] = []
        let next = session.proceed(&output)
        go(output, next)
    }

    private func go(_ output: [UInt8], _ next: SMTPSession.Next) {
        if next == .cut { return close() }
        stream.withOutput { $0.append(contentsOf: output) }
        switch next {
        case .read, .cut:
            stream.flush()
            if stream.unsentBytes > limits.unsentBytes { stream.pauseReading() }
        case .pause(let duration):
            stream.flush()
            stream.pauseReading()
            let pause = LoopTimer(on: stream.loop) { [weak self] in self?.goOn() }
            pause.start(after: duration)
            self.pause = pause
        case .close:
            isEnding = true
            deadline = .now + Self.lingering
            stream.finish()
            stream.resumeReading()
        }
    }

    private func goOn() {
        pause = nil
        guard !stream.isClosed else { return }
        deadline = .now + limits.idle
        if !isEnding { proceed() }
        if !isEnding, pause == nil, stream.unsentBytes <= limits.unsentBytes {
            stream.resumeReading()
        }
    }

    /// Closes at once. Safe to call twice.
    func close() {
        guard !stream.isClosed else { return }
        pause?.cancel()
        stream.close()
        onClosed()
    }

    func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
        if isEnding {
            lingered += bytes.count
            if lingered > Self.lingeringBytes { close() }
            return
        }
        deadline = .now + limits.idle
        session.receive(bytes)
        proceed()
    }

    func streamDidDrain(_ stream: ByteStream) {
        if !isEnding, pause == nil { stream.resumeReading() }
    }

    func streamDidEnd(_ stream: ByteStream) { close() }
    func stream(_ stream: ByteStream, didFail error: NetworkError) { close() }
    func streamDidSecure(_ stream: ByteStream) {}
}
