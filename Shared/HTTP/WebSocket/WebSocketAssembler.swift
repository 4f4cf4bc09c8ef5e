/// Puts messages together from frames, within limits, and checks that text is UTF-8.
struct WebSocketAssembler {
    private let limits: WebSocketLimits
    private var opcode: WebSocketFrame.Opcode?
    private var gathered: [UInt8] = []
    private var fragments = 0

    init(_ limits: WebSocketLimits) { self.limits = limits }

    /// Takes a data frame; nil until the message is complete.
    mutating func add(_ frame: WebSocketFrame) throws(WebSocketError) -> WebSocketMessage? {
        if frame.opcode == .continuation {
            guard opcode != nil else { throw WebSocketFrameParser.fault("nothing to continue") }
        } else {
            guard opcode == nil else { throw WebSocketFrameParser.fault("message within message") }
            opcode = frame.opcode
        }
        fragments += 1
        guard gathered.count + frame.payload.count <= limits.messageBytes,
            fragments <= limits.fragments
        else {
            throw WebSocketError(.messageTooBig, reason: "message over its limit")
        }
        if gathered.isEmpty {
            gathered = frame.payload
        } else {
            gathered.append(contentsOf: frame.payload)
        }
        guard frame.isFinal else { return nil }
        defer {
            gathered = []
            opcode = nil
            fragments = 0
        }
        if opcode == .binary { return .binary(gathered) }
        guard let text = String(validating: gathered, as: UTF8.self) else {
            throw WebSocketError(.invalidPayload, reason: "text is not UTF-8")
        }
        return .text(text)
    }

    /// Code and reason of a closing frame.
    static func closing(
        _ payload: [UInt8]
    ) throws(WebSocketError) -> (code: WebSocketCloseCode, reason: String) {
        if payload.isEmpty { return (.noStatus, "") }
        guard payload.count >= 2 else { throw WebSocketFrameParser.fault("half a close code") }
        let code = WebSocketCloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isSendable else { throw WebSocketFrameParser.fault("reserved close code") }
        guard let reason = String(validating: payload[2...], as: UTF8.self) else {
            throw WebSocketError(.invalidPayload, reason: "close reason is not UTF-8")
        }
        return (code, reason)
    }
}
