/// Writes the heads of requests. As with responses, fields that frame the message are written here
/// and nowhere else.
enum RequestWriter {
    static func appendHead(_ exchange: ClientExchange, to output: inout [UInt8]) {
        let request = exchange.request
        output.append(contentsOf: request.method.rawValue.utf8)
        output.append(0x20)
        output.append(contentsOf: exchange.url.target.utf8)
        output.append(contentsOf: " HTTP/1.1\r\n".utf8)
        if !request.headers.contains("Host") {
            output.append(contentsOf: exchange.url.hostLine)
        }
        ResponseHead.appendFields(request.headers, to: &output)
        if exchange.webSocket != nil {
            output.append(contentsOf: "Connection: Upgrade\r\nUpgrade: websocket\r\n".utf8)
        }
        switch request.body {
        case .empty:
            switch request.method {
            case .post, .put, .patch: appendLength(0, to: &output)
            default: break
            }
        case .bytes(let bytes): appendLength(bytes.count, to: &output)
        case .stream(let length?, _): appendLength(length, to: &output)
        case .stream(nil, _):
            output.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8)
        }
        output.append(0x0D)
        output.append(0x0A)
    }

    private static func appendLength(_ length: Int, to output: inout [UInt8]) {
        output.append(contentsOf: "Content-Length: ".utf8)
        ResponseHead.appendNumber(length, radix: 10, to: &output)
        output.append(0x0D)
        output.append(0x0A)
    }
}
