/// One request and its response on a connection of a server. Confined to the connection's loop.
final class ServerExchange: @unchecked Sendable {
    // Safety of `@unchecked`: fields are touched on the connection's loop only; tasks carry the
    // reference to compare it.

    /// How much of the request's body is to come.
    enum BodyProgress {
        case complete
        case length(Int)
        case chunked(ChunkScanner)
    }

    enum Reply {
        /// Then `streaming` or the end.
        case none
        /// Until the end; `remaining` for bodies of known length.
        case streaming(ResponseFraming, remaining: Int)
    }

    let isHead: Bool
    let isSafe: Bool
    let isVersion11: Bool
    let wantsUpgrade: Bool
    var isKeptAlive: Bool
    var body: BodyProgress
    /// Body bytes that came before the handler was started.
    var gathered: [UInt8] = []
    var pipe: BodyPipe?
    /// `100 Continue` has to be sent when the body is asked for.
    var isContinueOwed: Bool
    /// Nobody reads the body any more.
    var isBodyDropped = false
    /// What the handler will be told; nil once it has been.
    var head: RequestHead?
    var isDispatched: Bool { head == nil }
    /// An interim response has been sent to see whether the client is still there.
    var isClientSought = false
    /// The response is written whole, but the rest of the request's body is still to be read away.
    var isFinished = false
    var reply = Reply.none
    /// The response that is to be streamed, until that begins.
    var streamed: HTTPResponse?
    var task: Task<Void, Never>?
    var deadline = LoopTime.never
    /// The writer of a streamed response that waits for room.
    var writer: CheckedContinuation<Void, any Error>?

    init(_ head: RequestHead, limits: HTTPLimits) {
        self.head = head
        isHead = head.method == .head
        isSafe = head.method.isSafe
        isVersion11 = head.isVersion11
        isKeptAlive = head.isKeptAlive
        wantsUpgrade = head.wantsUpgrade
        isContinueOwed = head.expectsContinue
        switch head.framing {
        case .none, .untilClose: body = .complete
        case .length(let length): body = length == 0 ? .complete : .length(length)
        case .chunked:
            body = .chunked(
                ChunkScanner(
                    maximumBody: limits.bodyBytes, maximumExtension: limits.chunkExtensionBytes,
                    maximumTrailer: limits.headerBytes, maximumFields: limits.headerCount))
        }
    }

    var isBodyComplete: Bool {
        if case .complete = body { true } else { false }
    }

    var hasReplied: Bool {
        if case .none = reply { isFinished } else { true }
    }

    /// Whether the handler has all it needs to change something: then it is carried out to its end,
    /// even when nobody waits for the answer any more.
    var isCommandUnderWay: Bool { !isSafe && isBodyComplete && !hasReplied && task != nil }

    /// Ends whatever waits for this exchange; called when its connection gives it up.
    func abandon(_ error: HTTPBodyError) {
        task?.cancel()
        pipe?.fail(error)
        writer?.resume(throwing: error)
        writer = nil
    }
}
