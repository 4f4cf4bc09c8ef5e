/// The name of one stream of a log: its category and a key, `withdrawal-0192…`.
public struct StreamID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The whole name, at most 200 bytes.
    public let name: String

    /// - Parameter name: as it stands in a log: `category-key`.
    public init(_ name: String) { self.name = name }

    public init(category: String, key: some CustomStringConvertible) {
        let key = key.description
        var name = category
        name.reserveCapacity(category.utf8.count + 1 + key.utf8.count)
        name += "-"
        name += key
        self.name = name
    }

    /// What stands before the first hyphen.
    public var category: Substring { Substring(name.utf8.prefix { $0 != UInt8(ascii: "-") }) }
    /// What stands after the first hyphen.
    public var key: Substring { name[category.endIndex...].dropFirst() }

    public var description: String { name }

    public static func < (left: Self, right: Self) -> Bool { left.name < right.name }

    public init(from decoder: any Decoder) throws {
        name = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
