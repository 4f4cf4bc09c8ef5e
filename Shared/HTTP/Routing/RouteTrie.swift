internal import Glibc

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
        /// The segments that lead on from here, and where to.
        var literals: [(text: [UInt8], node: Int)] = []
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
        let segments =
            pattern == "/"
            ? [] : pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for segment in segments {
            precondition(!isClosed, "route \(pattern) goes on after the rest of the path")
            if segment.hasPrefix("{"), segment.hasSuffix("...}") {
                names.append(String(segment.dropFirst().dropLast(4)))
                node = child(of: node, \.rest)
                isClosed = true
            } else if segment.hasPrefix("{"), segment.hasSuffix("}") {
                names.append(String(segment.dropFirst().dropLast()))
                node = child(of: node, \.parameter)
            } else {
                node = child(of: node, named: Array(segment.utf8))
            }
        }
        precondition(Set(names).count == names.count, "route \(pattern) repeats a name")
        precondition(
            nodes[node].route(method) == nil, "route \(method) \(pattern) is there twice")
        nodes[node].routes.append(Route(method: method, number: count, names: names))
        count += 1
    }

    private mutating func child(of node: Int, named text: [UInt8]) -> Int {
        if let existing = nodes[node].literals.first(where: { $0.text == text }) {
            return existing.node
        }
        nodes.append(Node())
        nodes[node].literals.append((text, nodes.count - 1))
        return nodes.count - 1
    }

    private mutating func child(of node: Int, _ edge: WritableKeyPath<Node, Int?>) -> Int {
        if let existing = nodes[node][keyPath: edge] { return existing }
        nodes.append(Node())
        nodes[node][keyPath: edge] = nodes.count - 1
        return nodes.count - 1
    }

    func match(_ method: HTTPMethod, _ path: String) -> Match {
        var path = path
        let plain = path.withUTF8 { bytes -> Match? in
            guard bytes.first == UInt8(ascii: "/") else { return .notFound }
            if bytes.contains(PercentCoding.percent) { return nil }
            return match(method, bytes, Self.segments(bytes))
        }
        return plain ?? decoded(method, path)
    }

    /// The same for a path with percent codes: what one stands for separates no segments.
    private func decoded(_ method: HTTPMethod, _ path: String) -> Match {
        var bytes: [UInt8] = []
        var segments: [Range<Int>] = []
        let parts = path.utf8.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for part in parts {
            guard let text = PercentCoding.decode(Substring(part)) else { return .notFound }
            bytes.append(UInt8(ascii: "/"))
            segments.append(bytes.count..<bytes.count + text.utf8.count)
            bytes.append(contentsOf: text.utf8)
        }
        return bytes.withUnsafeBufferPointer { match(method, $0, segments) }
    }

    /// - Parameter segments: where they stand in `bytes`, a slash between each two.
    private func match(
        _ method: HTTPMethod, _ bytes: UnsafeBufferPointer<UInt8>, _ segments: [Range<Int>]
    ) -> Match {
        var search = Search(method: method, bytes: bytes, segments: segments)
        if let found = walk(0, 0, &search) {
            var parameters = PathParameters()
            for (name, range) in zip(found.names, search.captures) {
                parameters.add(name, String(decoding: bytes[range], as: UTF8.self))
            }
            return .found(found.number, parameters)
        }
        if search.allowed.isEmpty { return .notFound }
        return .methodNotAllowed(search.allowed.sorted { $0.rawValue < $1.rawValue })
    }

    private struct Search {
        let method: HTTPMethod
        let bytes: UnsafeBufferPointer<UInt8>
        let segments: [Range<Int>]
        var captures: [Range<Int>] = []
        var allowed: Set<HTTPMethod> = []
    }

    /// Depth is bounded by the depth of the patterns, branching by three.
    private func walk(_ node: Int, _ index: Int, _ search: inout Search) -> Route? {
        if index == search.segments.count { return route(of: node, &search) }
        let segment = search.segments[index]
        if let literal = literal(of: node, UnsafeBufferPointer(rebasing: search.bytes[segment])),
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
        search.captures.append(segment.lowerBound..<search.bytes.count)
        if let found = route(of: rest, &search) { return found }
        search.captures.removeLast()
        return nil
    }

    /// Segments are short, and few lead on from one: comparing is faster than hashing.
    private func literal(of node: Int, _ segment: UnsafeBufferPointer<UInt8>) -> Int? {
        for (text, next) in nodes[node].literals
        where text.count == segment.count {
            if text.isEmpty || memcmp(text, segment.baseAddress!, text.count) == 0 { return next }
        }
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

    /// Where the parts between the slashes after the first stand; `/` alone has none.
    private static func segments(_ bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        if bytes.count == 1 { return [] }
        var segments: [Range<Int>] = []
        segments.reserveCapacity(8)
        var start = 1
        for index in 1..<bytes.count where bytes[index] == UInt8(ascii: "/") {
            segments.append(start..<index)
            start = index + 1
        }
        segments.append(start..<bytes.count)
        return segments
    }
}
