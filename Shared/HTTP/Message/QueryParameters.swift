/// The decoded parameters of a query or of a form body (`application/x-www-form-urlencoded`), in
/// the order they came in; names may repeat.
public struct QueryParameters: Sendable, Equatable {
    public private(set) var items: [(name: String, value: String)] = []

    public init(_ items: [(name: String, value: String)] = []) { self.items = items }

    /// Reads `a=1&b=x%20y+z`. Parameters whose percent coding is broken or not UTF-8 are dropped
    /// and counted in `malformedCount`.
    public init(parsing text: some StringProtocol) {
        // By bytes: an `&` with a combining mark behind it is no `&` to a Character.
        for pair in Substring(text).utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false
            ).map { Substring($0) }
            guard let name = PercentCoding.decode(parts[0], plusIsSpace: true),
                let value = parts.count < 2
                    ? "" : PercentCoding.decode(parts[1], plusIsSpace: true)
            else {
                malformedCount += 1
                continue
            }
            items.append((name, value))
        }
    }

    /// How many parameters could not be decoded.
    public private(set) var malformedCount = 0

    public var isEmpty: Bool { items.isEmpty }

    /// The first value of that name (names are case-sensitive).
    public subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// All values of that name, in order.
    public func all(_ name: String) -> [String] {
        items.lazy.filter { $0.name == name }.map(\.value)
    }

    /// Adds a parameter after the others.
    public mutating func add(_ name: String, _ value: String) { items.append((name, value)) }

    /// The encoded form, without a question mark.
    public var encoded: String {
        items.map { "\(PercentCoding.encode($0.name))=\(PercentCoding.encode($0.value))" }
            .joined(separator: "&")
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.items.elementsEqual(right.items) { $0.name == $1.name && $0.value == $1.value }
    }
}
