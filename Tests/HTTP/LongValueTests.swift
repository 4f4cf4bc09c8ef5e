import Testing

@testable import HTTP

/// The parser is not shown the middle of long values; nobody may notice.
@Suite struct LongValueTests {
    private func headers(_ fields: [(String, String)]) throws(ProtocolFault) -> HTTPHeaders {
        let lines = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
        return try headers("GET / HTTP/1.1\r\n\(lines)\r\n")
    }

    private func headers(_ head: String) throws(ProtocolFault) -> HTTPHeaders {
        let parser = MessageParser(.request)
        let bytes = Array(head.utf8)
        try bytes.withUnsafeBufferPointer { bytes throws(ProtocolFault) in
            try parser.parseHead(UnsafeRawBufferPointer(bytes), fields: 8)
        }
        return parser.headers
    }

    @Test func valuesOfEveryLengthArriveWhole() throws {
        let long = MessageParser.longValue
        for length in [1, 2, long - 1, long, long + 1, long + 2, 4 * long] {
            let value = String((0..<length).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
            for count in 1...3 {
                let fields =
                    [("Host", "a")] + (0..<count).map { ("Field-\($0)", value) } + [("Last", "z")]
                #expect(try headers(fields) == HTTPHeaders(fields))
                // Last of all, and one whose value the parser reads itself.
                let others = fields + [("Upgrade", value)] + fields.reversed()
                #expect(try headers(others) == HTTPHeaders(others))
            }
        }
    }

    @Test func oneBadByteIsFoundWhereverItStands() throws {
        let length = 2 * MessageParser.longValue
        for byte in ["\0", "\u{1}", "\u{7F}", "\r"] {
            for place in [0, 1, 2, length / 2, length - 2, length - 1] {
                var value = Array(repeating: "a", count: length)
                value[place] = byte
                #expect(throws: ProtocolFault.self) {
                    try headers([("Host", "a"), ("Authorization", value.joined())])
                }
            }
        }
    }

    @Test func linesInOddFormsStayWhatTheyAre() throws {
        let long = String(repeating: "b", count: 300)
        for line in ["A:\(long)", "A:  \(long)", "A: \(long)  ", "A:\t\(long)\t"] {
            #expect(
                try headers("GET / HTTP/1.1\r\n\(line)\r\nLast: c\r\n\r\n")
                    == ["A": long, "Last": "c"])
        }
        for line in ["A \(long): b", "A : \(long)", ": \(long)", "A\(long)", "A(: \(long)"] {
            #expect(throws: ProtocolFault.self) {
                try headers("GET / HTTP/1.1\r\n\(line)\r\nLast: c\r\n\r\n")
            }
        }
    }

    @Test func lengthsAreReadHoweverLongTheyAreWritten() {
        let zeros = String(repeating: "0", count: 300)
        for name in ["Content-Length", "Transfer-Encoding"] {
            #expect(throws: ProtocolFault.self) {
                let head = "POST / HTTP/1.1\r\nHost: a\r\n\(name): \(zeros)7x\r\n\r\n"
                try Array(head.utf8).withUnsafeBufferPointer { bytes throws(ProtocolFault) in
                    _ = try RequestHead(
                        UnsafeRawBufferPointer(bytes), MessageParser(.request), isSecure: false)
                }
            }
        }
    }
}
