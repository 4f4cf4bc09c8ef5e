/// One frame (RFC 6455 §5.2), its payload unmasked.
struct WebSocketFrame: Equatable {
    enum Opcode: UInt8 {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        var isControl: Bool { rawValue >= 8 }
    }

    var isFinal = true
    var opcode: Opcode
    var payload: [UInt8]

    /// Writes the frame; clients mask theirs with a random key.
    func append(to output: inout [UInt8], mask: UInt32?) {
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        output.append((isFinal ? 0x80 : 0) | opcode.rawValue)
        if payload.count < 126 {
            output.append(maskBit | UInt8(payload.count))
        } else if payload.count <= 0xFFFF {
            output.append(maskBit | 126)
            output.append(UInt8(payload.count >> 8))
            output.append(UInt8(payload.count & 0xFF))
        } else {
            output.append(maskBit | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                output.append(UInt8(payload.count >> shift & 0xFF))
            }
        }
        guard let mask else {
            output.append(contentsOf: payload)
            return
        }
        let key = Self.bytes(mask)
        output.append(contentsOf: key)
        for (index, byte) in payload.enumerated() { output.append(byte ^ key[index & 3]) }
    }

    private static func bytes(_ mask: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(mask >> $0 & 0xFF) }
    }

    /// The frame that closes; the reason is cut to what fits.
    static func closing(_ code: WebSocketCloseCode, _ reason: String) -> WebSocketFrame {
        guard code.isSendable else { return WebSocketFrame(opcode: .close, payload: []) }
        var text = reason
        while text.utf8.count > 123 { text.removeLast() }
        let number = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)]
        return WebSocketFrame(opcode: .close, payload: number + Array(text.utf8))
    }
}
