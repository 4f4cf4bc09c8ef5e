/// The bound values of a statement, in one buffer, as the protocol wants them.
struct SQLParameters: Sendable {
    /// The protocol counts parameters in 16 bits.
    static let limit = 65_535

    struct Entry: Sendable {
        var type: SQLType
        var offset: Int
        /// Nil is SQL's NULL.
        var length: Int?
        var isBinary: Bool
    }

    var entries: [Entry] = []
    var bytes: [UInt8] = []
    /// Why the statement cannot be sent; told when it is.
    var fault: String?

    var types: [SQLType] { entries.map(\.type) }

    mutating func append(value: some SQLEncodable) {
        let count = entries.count
        var encoder = SQLEncoder(self)
        self = SQLParameters()
        value.encode(to: &encoder)
        self = encoder.parameters
        precondition(entries.count == count + 1, "encode(to:) writes exactly one value")
    }

    mutating func append(_ other: SQLParameters) {
        let base = bytes.count
        bytes += other.bytes
        for var entry in other.entries {
            entry.offset += base
            entries.append(entry)
        }
        fault = fault ?? other.fault
    }
}
