@testable import HTTP

/// Frames and the messages made of them, from a client or a server by the first byte.
enum WebSocketTarget {
    private struct Outcome: Equatable {
        var frames: [WebSocketFrame] = []
        var messages: [WebSocketMessage] = []
        var fault: WebSocketCloseCode?
    }

    private static let limits: WebSocketLimits = {
        var limits = WebSocketLimits()
        limits.frameBytes = 1_024
        limits.messageBytes = 1_500
        limits.fragments = 8
        return limits
    }()

    static func read(_ input: [UInt8]) throws(BrokenPromise) {
        let isMasked = input.first.map { $0 & 1 == 1 } ?? true
        let bytes = Array(input.dropFirst())
        let whole = outcome(of: [bytes[...]], isMasked)
        for pieces in Pieces.ways(of: bytes).dropFirst() {
            try BrokenPromise.check(
                outcome(of: pieces, isMasked) == whole,
                "frames are read alike however their bytes are cut")
        }
        for frame in whole.frames {
            try BrokenPromise.check(
                frame.payload.count <= limits.frameBytes, "no frame is over the limit")
            try BrokenPromise.check(
                !frame.opcode.isControl || frame.isFinal && frame.payload.count <= 125,
                "frames of control are short and whole")
        }
        var written: [UInt8] = []
        for frame in whole.frames {
            frame.append(to: &written, mask: isMasked ? 0x0102_03F4 : nil)
        }
        try BrokenPromise.check(
            outcome(of: [written[...]], isMasked).frames == whole.frames,
            "frames read the same once they are written out")
    }

    private static func outcome(of pieces: [ArraySlice<UInt8>], _ isMasked: Bool) -> Outcome {
        var parser = WebSocketFrameParser(
            expectsMask: isMasked, maximumPayload: limits.frameBytes)
        var assembler = WebSocketAssembler(limits)
        var outcome = Outcome()
        do throws(WebSocketError) {
            for piece in pieces {
                let bytes = Array(piece)
                try bytes.withUnsafeBufferPointer { buffer throws(WebSocketError) in
                    var used = 0
                    let bytes = UnsafeRawBufferPointer(buffer)
                    while let frame = try parser.next(bytes, &used) {
                        outcome.frames.append(frame)
                        try take(frame, &assembler, &outcome)
                    }
                }
            }
        } catch {
            outcome.fault = error.code
        }
        return outcome
    }

    private static func take(
        _ frame: WebSocketFrame, _ assembler: inout WebSocketAssembler, _ outcome: inout Outcome
    ) throws(WebSocketError) {
        if frame.opcode == .close {
            let (code, reason) = try WebSocketAssembler.closing(frame.payload)
            _ = WebSocketFrame.closing(code, reason)
        } else if !frame.opcode.isControl, let message = try assembler.add(frame) {
            outcome.messages.append(message)
        }
    }
}
