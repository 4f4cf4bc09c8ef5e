/// What the path gave for the `{names}` of a route's pattern, percent-decoded.
public struct PathParameters: Sendable, Equatable {
    private var items: [(name: String, value: String)] = []

    public init(_ items: [(name: String, value: String)] = []) { self.items = items }

    public var isEmpty: Bool { items.isEmpty }

    /// The text for `{name}`; nil when the pattern has no such name.
    public subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// The value for `{name}` read as `T`; nil when the name is missing or the text is no `T`.
    public func get<T: LosslessStringConvertible>(_ name: String, as type: T.Type = T.self) -> T? {
        self[name].flatMap(T.init)
    }

    mutating func add(_ name: String, _ value: String) { items.append((name, value)) }

    public static func == (left: Self, right: Self) -> Bool {
        left.items.elementsEqual(right.items) { $0.name == $1.name && $0.value == $1.value }
    }
}
