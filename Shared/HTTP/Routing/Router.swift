/// A trie from methods and path patterns to values.
///
/// Patterns: `/api/v1/orders/{id}`, and `{rest...}` as the last segment for one or more further
/// segments. A literal segment wins over a parameter, a parameter over the rest; if the more
/// literal branch leads nowhere, the others are tried. Segments are compared after percent
/// decoding, so an encoded slash never separates. A `HEAD` finds the route of `GET` unless it has
/// its own.
public struct Router<Value: Sendable>: Sendable {
    /// What a path leads to.
    public enum Match: Sendable {
        case found(Value, PathParameters)
        /// The path exists for these methods, sorted by name: the content of `Allow`.
        case methodNotAllowed([HTTPMethod])
        case notFound
    }

    private var trie = RouteTrie()
    private var values: [Value] = []

    public init() {}

    /// Adds a route.
    ///
    /// A pattern must start with a slash, name its parameters differently, and not repeat a method
    /// and pattern already there: breaking this is a fault of the program and traps.
    public mutating func add(_ method: HTTPMethod, _ pattern: String, _ value: Value) {
        trie.add(method, pattern)
        values.append(value)
    }

    /// Finds the route for a raw path (percent-encoded, without query).
    public func match(_ method: HTTPMethod, _ path: String) -> Match {
        switch trie.match(method, path) {
        case .found(let number, let parameters): .found(values[number], parameters)
        case .methodNotAllowed(let methods): .methodNotAllowed(methods)
        case .notFound: .notFound
        }
    }
}
