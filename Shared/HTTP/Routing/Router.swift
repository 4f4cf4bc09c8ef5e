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

    private struct Route {
        var value: Value
        var names: [String]
    }

    private struct Node {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var rest: Int?
        var routes: [HTTPMethod: Route] = [:]
    }

    private var nodes = [Node()]

    public init() {}

    /// Adds a route.
    ///
    /// A pattern must start with a slash, name its parameters differently, and not repeat a method
    /// and pattern already there: breaking this is a fault of the program and traps.
    public mutating func add(_ method: HTTPMethod, _ pattern: String, _ value: Value) {
        precondition(pattern.hasPrefix("/"), "route \(pattern) does not start with a slash")
        var names: [String] = []
        var node = 0
        var isClosed = false
        for segment in Self.segments(pattern) {
            precondition(!isClosed, "route \(pattern) goes on after the rest of the path")
            if segment.hasPrefix("{"), segment.hasSuffix("...}") {
                names.append(String(segment.dropFirst().dropLast(4)))
                node = child(of: node, \.rest)
                isClosed = true
            } else if segment.hasPrefix("{"), segment.hasSuffix("}") {
                names.append(String(segment.dropFirst().dropLast()))
                node = child(of: node, \.parameter)
            } else {
                node = child(of: node, \.literals[String(segment)])
            }
        }
        precondition(Set(names).count == names.count, "route \(pattern) repeats a name")
        precondition(nodes[node].routes[method] == nil, "route \(method) \(pattern) is there twice")
        nodes[node].routes[method] = Route(value: value, names: names)
    }

    /// Finds the route for a raw path (percent-encoded, without query).
    public func match(_ method: HTTPMethod, _ path: String) -> Match {
        guard path.utf8.first == UInt8(ascii: "/") else { return .notFound }
        var segments: [String] = []
        for segment in Self.segments(path) {
            guard let decoded = PercentCoding.decode(segment) else { return .notFound }
            segments.append(decoded)
        }
        var search = Search(method: method, segments: segments)
        if let found = walk(0, 0, &search) {
            var parameters = PathParameters()
            for (name, value) in zip(found.names, search.captures) { parameters.add(name, value) }
            return .found(found.value, parameters)
        }
        if search.allowed.isEmpty { return .notFound }
        return .methodNotAllowed(search.allowed.sorted { $0.rawValue < $1.rawValue })
    }

    private struct Search {
        let method: HTTPMethod
        let segments: [String]
        var captures: [String] = []
        var allowed: Set<HTTPMethod> = []
    }

    /// Depth is bounded by the depth of the patterns, branching by three.
    private func walk(_ node: Int, _ index: Int, _ search: inout Search) -> Route? {
        if index == search.segments.count { return route(of: node, &search) }
        let segment = search.segments[index]
        if let literal = nodes[node].literals[segment],
            let found = walk(literal, index + 1, &search)
        {
            return found
        }
        if let parameter = nodes[node].parameter, !segment.isEmpty {
            search.captures.append(segment)
            if let found = walk(parameter, index + 1, &search) { return found }
            search.captures.removeLast()
        }
        guard let rest = nodes[node].rest else { return nil }
        search.captures.append(search.segments[index...].joined(separator: "/"))
        if let found = route(of: rest, &search) { return found }
        search.captures.removeLast()
        return nil
    }

    private func route(of node: Int, _ search: inout Search) -> Route? {
        let routes = nodes[node].routes
        if let route = routes[search.method] { return route }
        if search.method == .head, let route = routes[.get] { return route }
        search.allowed.formUnion(routes.keys)
        if routes[.get] != nil { search.allowed.insert(.head) }
        return nil
    }

    private mutating func child(of node: Int, _ edge: WritableKeyPath<Node, Int?>) -> Int {
        if let existing = nodes[node][keyPath: edge] { return existing }
        nodes.append(Node())
        nodes[node][keyPath: edge] = nodes.count - 1
        return nodes.count - 1
    }

    /// What stands between the slashes after the first; `/` alone has none.
    private static func segments(_ path: String) -> [Substring] {
        let rest = path.utf8.dropFirst()
        if rest.isEmpty { return [] }
        return rest.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map(Substring.init)
    }
}
