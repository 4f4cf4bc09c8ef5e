import EventTypes

@testable import HTTP

/// Requests and responses. However the bytes are cut, they are read alike, and what was accepted
/// reads the same after it is written out again: nobody behind us can see another message.
enum HTTPTarget {
    static func read(_ input: [UInt8]) throws(BrokenPromise) {
        let whole = MessageReader.messages(in: [input[...]])
        for pieces in Pieces.ways(of: input).dropFirst() {
            let again = MessageReader.messages(in: pieces)
            try BrokenPromise.check(
                whole.messages == again.messages && whole.isFaulty == again.isFaulty,
                "requests are read alike however their bytes are cut")
        }
        for message in whole.messages { try check(message) }
        readResponse(input)
    }

    private static func check(_ message: MessageReader.Message) throws(BrokenPromise) {
        for (name, value) in message.headers {
            try BrokenPromise.check(
                !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A },
                "names of fields are tokens")
            try BrokenPromise.check(
                value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 },
                "values of fields have no controls")
        }
        let lengths = message.headers.all("Content-Length").count
        let codings = message.headers.all("Transfer-Encoding").count
        try BrokenPromise.check(lengths + codings <= 1, "a message is framed in one way")
        try BrokenPromise.check(message.headers.all("Host").count <= 1, "there is one Host")
        let again = MessageReader.messages(
            in: [message.bytes[...]], headerBytes: MessageReader.longestWrittenHead)
        try BrokenPromise.check(
            !again.isFaulty && again.messages == [message],
            "what was accepted reads the same once it is written out")
        readFields(message)
    }

    /// What routes make of a request's fields.
    private static func readFields(_ message: MessageReader.Message) {
        let request = HTTPRequest(
            method: message.method, target: message.target, headers: message.headers)
        _ = request.query.encoded
        _ = request.path
        _ = WebSocketHandshake(request)
        for (_, value) in message.headers {
            _ = ByteRange(value, length: 1_000)
            _ = HTTPDate.parse(value).map(HTTPDate.text)
            _ = FieldSyntax.list(value)
            _ = PercentCoding.decode(value, plusIsSpace: true)
            _ = HTTPURL(value)
        }
    }

    private static func readResponse(_ input: [UInt8]) {
        var scanner = HeadScanner(maximumBytes: 2_048, maximumFields: 16, maximumLine: 512)
        input.withUnsafeBytes { bytes in
            guard case .complete(let skipped, let length) = scanner.scan(bytes) else { return }
            let head = UnsafeRawBufferPointer(rebasing: bytes[skipped..<skipped + length])
            for toHead in [false, true] {
                _ = try? ResponseStart(head, MessageParser(.response), toHead: toHead)
            }
        }
    }
}

/// Reads requests as a connection of the server does, without the connection.
final class MessageReader {
    struct Message: Equatable {
        let method: HTTPMethod
        let target: String
        let headers: HTTPHeaders
        let isVersion11: Bool
        let framing: BodyFraming
        var body: [UInt8] = []

        /// The message as it would be sent on: one chunk where it is chunked.
        var bytes: [UInt8] {
            let line = "\(method) \(target) HTTP/1.\(isVersion11 ? 1 : 0)\r\n"
            var bytes = Array(line.utf8) + headers.wire + [0x0D, 0x0A]
            if framing == .chunked {
                if !body.isEmpty {
                    bytes +=
                        Array("\(String(body.count, radix: 16))\r\n".utf8) + body + [0x0D, 0x0A]
                }
                bytes += Array("0\r\n\r\n".utf8)
            } else {
                bytes += body
            }
            return bytes
        }
    }

    /// Room for a target that takes its line to the limit, so that writing out adds nothing that
    /// another limit counts.
    private static let limits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.headerBytes = 2_048
        limits.headerCount = 16
        limits.bodyBytes = 2_048
        limits.chunkExtensionBytes = 16
        return limits
    }()

    /// What stands for a byte that is no text takes three.
    static let longestWrittenHead = 3 * limits.headerBytes

    private(set) var messages: [Message] = []
    private(set) var isFaulty = false
    private let parser = MessageParser(.request)
    private var scanner: HeadScanner
    private var backlog: [UInt8] = []
    private var current: (message: Message, exchange: ServerExchange)?

    private init(headerBytes: Int) {
        scanner = HeadScanner(
            maximumBytes: headerBytes, maximumFields: Self.limits.headerCount, maximumLine: 512)
    }

    static func messages(
        in pieces: [ArraySlice<UInt8>], headerBytes: Int = limits.headerBytes
    ) -> MessageReader {
        let reader = MessageReader(headerBytes: headerBytes)
        for piece in pieces where !reader.isFaulty {
            reader.backlog += piece
            do throws(ProtocolFault) { try reader.consume() } catch { reader.isFaulty = true }
        }
        return reader
    }

    private func consume() throws(ProtocolFault) {
        while true {
            if let (message, exchange) = current, exchange.isBodyComplete {
                messages.append(message)
                current = nil
            }
            let bytes = backlog
            let used = try bytes.withUnsafeBufferPointer { buffer throws(ProtocolFault) in
                let bytes = UnsafeRawBufferPointer(buffer)
                return current == nil ? try takeHead(bytes) : try takeBody(bytes)
            }
            if used == 0 { return }
            backlog.removeFirst(used)
        }
    }

    private func takeHead(_ bytes: UnsafeRawBufferPointer) throws(ProtocolFault) -> Int {
        switch scanner.scan(bytes) {
        case .incomplete: return 0
        case .fault(let fault): throw fault
        case .complete(let skipped, let length):
            scanner.reset()
            let part = UnsafeRawBufferPointer(rebasing: bytes[skipped..<skipped + length])
            let head = try RequestHead(part, parser, isSecure: false)
            let exchange = ServerExchange(head, limits: Self.limits)
            if case .length(let length) = head.framing, length > Self.limits.bodyBytes {
                throw .bodyTooLarge
            }
            guard exchange.isBodyComplete == parser.isMessageComplete else { throw .parser }
            let message = Message(
                method: head.method, target: head.target, headers: head.headers,
                isVersion11: head.isVersion11, framing: head.framing)
            current = (message, exchange)
            return skipped + length
        }
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) throws(ProtocolFault) -> Int {
        guard let exchange = current?.exchange, !bytes.isEmpty else { return 0 }
        var count = 0
        switch exchange.body {
        case .complete: break
        case .length(let length):
            count = min(length, bytes.count)
            exchange.body = count == length ? .complete : .length(length - count)
        case .chunked(var scanner):
            count = try scanner.scan(bytes)
            exchange.body = scanner.isEnded ? .complete : .chunked(scanner)
        }
        let data = try parser.parseBody(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        guard exchange.isBodyComplete == parser.isMessageComplete else { throw .chunk }
        current?.message.body += data
        return count
    }
}
