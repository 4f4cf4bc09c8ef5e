/// How the end of a response's body is told to the client.
enum ResponseFraming: Equatable {
    /// The status has no body.
    case bodiless
    case length(Int)
    case chunked
    /// For HTTP/1.0 and unknown lengths.
    case untilClose
}

/// Writes the heads of responses. Fields come from `HTTPHeaders`, which holds nothing that could
/// end a line early; those that frame the message are written here and nowhere else.
enum ResponseHead {
    static func append(
        _ response: borrowing HTTPResponse, _ framing: ResponseFraming, connection: Persistence,
        date: [UInt8], to output: inout [UInt8]
    ) {
        appendStatus(response.status.code, to: &output)
        output.append(contentsOf: date)
        appendFields(response.headers, to: &output)
        switch framing {
        case .bodiless, .untilClose: break
        case .length(let length):
            output.append(contentsOf: "Content-Length: ".utf8)
            appendNumber(length, radix: 10, to: &output)
            output.append(contentsOf: "\r\n".utf8)
        case .chunked: output.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8)
        }
        switch connection {
        case .keptSilently: break
        case .kept: output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
        case .closed: output.append(contentsOf: "Connection: close\r\n".utf8)
        }
        output.append(0x0D)
        output.append(0x0A)
    }

    /// What is said about the connection after this response.
    enum Persistence {
        /// The default of HTTP/1.1 needs no word.
        case keptSilently
        case kept
        case closed
    }

    /// One chunk of the chunked coding; never an empty one, which would be the last.
    static func appendChunk(_ bytes: [UInt8], to output: inout [UInt8]) {
        appendNumber(bytes.count, radix: 16, to: &output)
        output.append(0x0D)
        output.append(0x0A)
        output.append(contentsOf: bytes)
        output.append(0x0D)
        output.append(0x0A)
    }

    static let lastChunk = Array("0\r\n\r\n".utf8)

    static func appendNumber(_ number: Int, radix: Int, to output: inout [UInt8]) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)  // 24 bytes: room for any.
        withUnsafeMutableBytes(of: &digits) { digits in
            var start = digits.count
            var rest = number
            repeat {
                start -= 1
                let digit = UInt8(rest % radix)
                digits[start] =
                    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
                rest /= radix
            } while rest > 0
            output.append(contentsOf: digits[start...])
        }
    }

    /// Fields without those that are the server's own.
    static func appendFields(_ headers: HTTPHeaders, to output: inout [UInt8]) {
        guard headers.fields.indices.contains(where: { isReserved(headers, $0) }) else {
            output.append(contentsOf: headers.wire)
            return
        }
        for index in headers.fields.indices where !isReserved(headers, index) {
            output.append(contentsOf: headers.line(at: index))
        }
    }

    private static func isReserved(_ headers: HTTPHeaders, _ index: Int) -> Bool {
        switch headers.fields[index].nameLength {
        case 4: headers.isName(index, "date")
        case 7: headers.isName(index, "upgrade") || headers.isName(index, "trailer")
        case 10: headers.isName(index, "connection") || headers.isName(index, "keep-alive")
        case 14: headers.isName(index, "content-length")
        case 17: headers.isName(index, "transfer-encoding")
        default: false
        }
    }

    private static func appendStatus(_ code: Int, to output: inout [UInt8]) {
        if code == 200 {
            output.append(contentsOf: ok)
        } else {
            output.append(contentsOf: "HTTP/1.1 \(code) \(HTTPStatus(code).reason)\r\n".utf8)
        }
    }

    private static let ok = Array("HTTP/1.1 200 OK\r\n".utf8)
}
