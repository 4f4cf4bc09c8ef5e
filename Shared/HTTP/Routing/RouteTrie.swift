/// What `Router` is made of: leads from methods and paths to the numbers of routes.
struct RouteTrie: Sendable {
    enum Match {
        case found(Int, PathParameters)
        case methodNotAllowed([HTTPMethod])
        case notFound
    }

    private struct Route {
        let method: HTTPMethod
        let number: Int
        let names: [String]
    }

    private struct Node {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var rest: Int?
        /// One a method: so few that looking through them is the fastest.
        var routes: [Route] = []

        func route(_ method: HTTPMethod) -> Route? { routes.first { $0.method == method } }
    }

    private var nodes = [Node()]
    private var count = 0

    /// Adds the next route, whose number is how many were there before.
    mutating func add(_ method: HTTPMethod, _ pattern: String) {
        precondition(pattern.hasPrefix("/"), "route \(pattern) does not start with a slash")
        var names: [String] = []
        var node = 0
        var isClosed = false
        for segment in Self.segments(pattern, decode: { String($0) }) ?? [] {
            precondition(!isClosed, "route \(pattern) goes on after the rest of the path")
            if segment.hasPrefix("{"), segment.hasSuffix("...}") {
                names.append(String(segment.dropFirst().dropLast(4)))
                node = child(of: node, \.rest)
                isClosed = true
            } else if segment.hasPrefix("{"), segment.hasSuffix("}") {
                names.append(String(segment.dropFirst().dropLast()))
                node = child(of: node, \.parameter)
            } else {
                node = child(of: node, \.literals[segment])
            }
        }
        precondition(Set(names).count == names.count, "route \(pattern) repeats a name")
        precondition(
            nodes[node].route(method) == nil, "route \(method) \(pattern) is there twice")
        nodes[node].routes.append(Route(method: method, number: count, names: names))
        count += 1
    }

    private mutating func child(of node: Int, _ edge: WritableKeyPath<Node, Int?>) -> Int {
        if let existing = nodes[node][keyPath: edge] { return existing }
        nodes.append(Node())
        nodes[node][keyPath: edge] = nodes.count - 1
        return nodes.count - 1
    }

    func match(_ method: HTTPMethod, _ path: String) -> Match {
        guard path.utf8.first == UInt8(ascii: "/"),
            let segments = Self.segments(path, decode: { PercentCoding.decode($0) })
        else { return .notFound }
        var search = Search(method: method, segments: segments)
        if let found = walk(0, 0, &search) {
            var parameters = PathParameters()
            for (name, value) in zip(found.names, search.captures) { parameters.add(name, value) }
            return .found(found.number, parameters)
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
        if let route = nodes[node].route(search.method) { return route }
        let hasGet = nodes[node].route(.get)
        if search.method == .head, let hasGet { return hasGet }
        for route in nodes[node].routes { search.allowed.insert(route.method) }
        if hasGet != nil { search.allowed.insert(.head) }
        return nil
    }

    /// What stands between the slashes after the first; `/` alone has none. Nil when one of them
    /// cannot be decoded.
    private static func segments(
        _ path: String, decode: (Substring) -> String?
    ) -> [String]? {
        let bytes = path.utf8
        var start = bytes.index(after: bytes.startIndex)
        if start == bytes.endIndex { return [] }
        var segments: [String] = []
        segments.reserveCapacity(8)
        while true {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
            guard let segment = decode(path[start..<end]) else { return nil }
            segments.append(segment)
            if end == bytes.endIndex { return segments }
            start = bytes.index(after: end)
        }
    }
}
