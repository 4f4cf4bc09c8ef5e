internal import Runtime

/// One end of an open WebSocket (RFC 6455), server or client.
///
/// Pings are answered and sent by itself; text is checked to be UTF-8; a peer that breaks the
/// protocol or a limit is closed with the code for it. Usable from any task.
public final class WebSocketConnection: Sendable {
    /// The incoming messages, to be gone through by one task; ends when either side closes.
    public struct Messages: AsyncSequence, Sendable {
        public typealias Element = WebSocketMessage
        let pipe: Pipe<WebSocketMessage>

        public struct AsyncIterator: AsyncIteratorProtocol {
            let pipe: Pipe<WebSocketMessage>

            /// The next message; nil after a closing handshake.
            ///
            /// - Throws: `WebSocketError` when the connection broke or the peer broke the protocol.
            public mutating func next() async throws -> WebSocketMessage? {
                try await pipe.next()
            }
        }

        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pipe: pipe) }
    }

    /// The subprotocol that both sides agreed to.
    public let subprotocol: String?
    private let engine: WebSocketEngine

    init(_ engine: WebSocketEngine, subprotocol: String?) {
        self.engine = engine
        self.subprotocol = subprotocol
    }

    /// The incoming messages. While nobody takes them, at most `unread` are held and the peer is
    /// slowed down.
    public var messages: Messages { Messages(pipe: engine.incoming) }

    /// Why it is closing or closed, and with which code: the peer's where the peer began it, 1006
    /// when the connection broke. Nil while it is open.
    public var ending: WebSocketError? { engine.told }

    /// Sends a text message and returns when there is room for another.
    ///
    /// - Throws: `WebSocketError` when the connection is closed.
    public func send(_ text: String) async throws { try await engine.send(.text(text)) }

    /// Sends a binary message and returns when there is room for another.
    ///
    /// - Throws: `WebSocketError` when the connection is closed.
    public func send(_ bytes: [UInt8]) async throws { try await engine.send(.binary(bytes)) }

    /// Closes and returns when the peer has agreed or `closeTimeout` is over. The reason is cut to
    /// 123 bytes. Safe to call twice.
    public func close(_ code: WebSocketCloseCode = .normal, reason: String = "") async {
        await engine.closeAndWait(code, reason)
    }

    /// Closes without waiting for the peer's agreement.
    public func abandon(_ code: WebSocketCloseCode = .goingAway, reason: String = "") {
        engine.loop.submit { [engine] in engine.close(code, reason) }
    }

    /// Runs a handler over the connection and closes as it ended.
    func serve(
        _ run: @Sendable (WebSocketConnection) async throws -> Void, _ logger: Logger
    ) async {
        do {
            try await run(self)
            await close()
        } catch is WebSocketError {
            // The peer is gone or was told so already.
            await close(.goingAway)
        } catch {
            logger.error("WebSocket handler failed", ["error": "\(error)"])
            await close(.internalError)
        }
    }
}

/// A WebSocket that is no more.
public struct WebSocketError: Error, Sendable, Equatable {
    /// 1006 when the connection broke without a closing handshake.
    public let code: WebSocketCloseCode
    public let reason: String

    public init(_ code: WebSocketCloseCode, reason: String) {
        self.code = code
        self.reason = reason
    }
}
