internal import JSON

/// Up to where a person has been told: a position in the log, as text that clients hand back as it
/// is.
struct LiveCursor: Hashable, Comparable, Sendable, LosslessStringConvertible, Codable {
    /// Before everything.
    static let zero = LiveCursor(0)

    let position: Int64

    init(_ position: Int64) { self.position = position }

    init?(_ text: String) {
        guard (1...19).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let position = Int64(text)
        else { return nil }
        self.position = position
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let cursor = LiveCursor(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "is not a cursor")
        }
        self = cursor
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    var description: String { "\(position)" }

    static func < (left: Self, right: Self) -> Bool { left.position < right.position }
}

extension LiveCursor: JSONSchemaProviding {
    static var jsonSchema: JSONValue { ["type": "string", "pattern": "^[0-9]{1,19}$"] }
    static var jsonSample: JSONValue { "1" }
}
