internal import EventTypes

/// What a visitor did, such as `page_viewed` or `search.opened`: 1 to 64 lower-case letters,
/// digits, underscores and points, a letter first.
struct VisitName: Hashable, Sendable, LosslessStringConvertible, Codable {
    let description: String

    init?(_ description: String) {
        let bytes = description.utf8
        guard (1...64).contains(bytes.count), let first = bytes.first, Self.isLetter(first),
            bytes.allSatisfy({ Self.isLetter($0) || (48...57).contains($0) || $0 == 95 || $0 == 46 }
            )
        else { return nil }
        self.description = description
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let name = VisitName(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription:
                    "must be 1 to 64 lower-case letters, digits, _ and ., a letter first")
        }
        self = name
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte) }
}

/// A value that goes with a visit: a number, a yes or no, or a short word. There is no room for
/// sentences and addresses, so nothing personal can get into a log that is never changed.
enum VisitProperty: Hashable, Sendable, Codable {
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    /// At most 64 letters, digits and `_ - . : /`.
    case word(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self), Self.isWord(value) {
            self = .word(value)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription:
                    "must be a number, true, false, or at most 64 letters, digits and _-.:/")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .word(let value): try container.encode(value)
        }
    }

    private static func isWord(_ text: String) -> Bool {
        text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 65...90, 97...122, 48...57, 95, 45, 46, 58, 47: true
                default: false
                }
            }
    }
}
