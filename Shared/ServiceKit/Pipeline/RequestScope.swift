/// The headers by which a request says what it belongs to, and what it asks of its answer.
enum RequestScope {
    /// The header that carries a correlation between services.
    static let correlationHeader = "Correlation-ID"
    /// Names one request in the logs of every service that it passes.
    static let requestIDHeader = "X-Request-ID"
    /// The longest request identifier that is taken over from a client.
    static let requestIDLimit = 64
    /// Position in the log that an answer is about.
    static let positionHeader = "Souk-Position"
    /// The position that a reader must see; also as the query parameter `min-position`.
    static let minimumPositionHeader = "Souk-Min-Position"
    static let minimumPositionParameter = "min-position"

    /// Whether a client's request identifier may be taken over: letters, digits, `-`, `_`, `.`.
    static func isRequestID(_ text: String) -> Bool {
        (1...requestIDLimit).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
