/// Puts frames together from bytes as they come, and refuses those that RFC 6455 does not allow:
/// reserved bits and opcodes, wrong masking, lengths not in their shortest form, control frames in
/// fragments or over 125 bytes, and frames over the limit.
struct WebSocketFrameParser {
    private let expectsMask: Bool
    private let maximumPayload: Int
    private var header: [UInt8] = []
    private var payload: [UInt8] = []
    private var length = 0
    private var isInPayload = false

    init(expectsMask: Bool, maximumPayload: Int) {
        self.expectsMask = expectsMask
        self.maximumPayload = maximumPayload
    }

    /// Goes on from `used`, which it moves behind what it took; nil when more bytes are needed.
    mutating func next(
        _ bytes: UnsafeRawBufferPointer, _ used: inout Int
    ) throws(WebSocketError) -> WebSocketFrame? {
        while !isInPayload {
            guard used < bytes.count else { return nil }
            header.append(bytes[used])
            used += 1
            try checkHeader()
        }
        let count = min(length - payload.count, bytes.count - used)
        append(bytes[used..<used + count])
        used += count
        guard payload.count == length else { return nil }
        defer {
            header.removeAll(keepingCapacity: true)
            payload = []
            isInPayload = false
        }
        guard let opcode = WebSocketFrame.Opcode(rawValue: header[0] & 0x0F) else {
            throw Self.fault("reserved opcode")
        }
        return WebSocketFrame(isFinal: header[0] & 0x80 != 0, opcode: opcode, payload: payload)
    }

    private mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) {
        guard expectsMask else { return payload.append(contentsOf: bytes) }
        let key = header.suffix(4)
        var position = payload.count
        payload.reserveCapacity(payload.count + bytes.count)
        for byte in bytes {
            payload.append(byte ^ key[key.startIndex + position & 3])
            position += 1
        }
    }

    private mutating func checkHeader() throws(WebSocketError) {
        if header.count == 1 { return try checkFirst(header[0]) }
        if header.count == 2, (header[1] & 0x80 != 0) != expectsMask {
            throw Self.fault(expectsMask ? "frame without mask" : "frame with mask")
        }
        let short = Int(header[1] & 0x7F)
        if header.count == 2, header[0] & 0x08 != 0, short > 125 {
            throw Self.fault("control frame over 125 bytes")
        }
        let lengthBytes = short == 127 ? 8 : short == 126 ? 2 : 0
        guard header.count == 2 + lengthBytes + (expectsMask ? 4 : 0) else { return }
        var value = UInt64(short)
        if lengthBytes > 0 {
            value = header[2..<2 + lengthBytes].reduce(0) { $0 << 8 | UInt64($1) }
            guard value > (lengthBytes == 2 ? 125 : 0xFFFF) else {
                throw Self.fault("length not in its shortest form")
            }
            guard value >> 63 == 0 else { throw Self.fault("length with its highest bit set") }
        }
        guard value <= UInt64(maximumPayload) || header[0] & 0x08 != 0 else {
            throw WebSocketError(.messageTooBig, reason: "frame over \(maximumPayload) bytes")
        }
        length = Int(value)
        isInPayload = true
    }

    private func checkFirst(_ byte: UInt8) throws(WebSocketError) {
        guard byte & 0x70 == 0 else { throw Self.fault("reserved bit") }
        guard let opcode = WebSocketFrame.Opcode(rawValue: byte & 0x0F) else {
            throw Self.fault("reserved opcode")
        }
        guard byte & 0x80 != 0 || !opcode.isControl else {
            throw Self.fault("control frame in fragments")
        }
    }

    static func fault(_ reason: String) -> WebSocketError {
        WebSocketError(.protocolError, reason: reason)
    }
}
