internal import HTTP
internal import JSON

/// Where requests go, by what the services say of themselves; never changed, only replaced.
struct RoutingTable: Sendable {
    enum Destination: Sendable {
        case route(GatewayRoute)
        case methodNotAllowed([HTTPMethod])
        /// The path is this service's, which has not described itself yet.
        case missing(String)
        case nothing
    }

    /// The most operations of all services.
    static let routeLimit = 5_000
    /// The longest pattern, in bytes.
    static let patternLimit = 256

    private let router: Router<GatewayRoute>
    private let described: Set<String>
    /// What services described but may not have, for the log.
    let refusals: [String]

    /// - Parameter documents: the services' OpenAPI documents, by name.
    init(_ documents: [String: JSONValue]) {
        var router = Router<GatewayRoute>()
        var shapes: Set<String> = []
        var refusals: [String] = []
        for upstream in Upstream.all {
            guard let paths = documents[upstream.name]?["paths"]?.object else { continue }
            for path in paths {
                guard let segments = Self.patternSegments(path.name),
                    !Upstream.isHidden(segments)
                else { continue }
                if let owner = Upstream.owner(of: segments), owner.name != upstream.name {
                    refusals.append("\(upstream.name) describes \(path.name) of \(owner.name)")
                    continue
                }
                for operation in path.value.object ?? [:] {
                    guard
                        let route = GatewayRoute(
                            upstream.name, path.name, operation.name, operation.value)
                    else { continue }
                    guard shapes.count < Self.routeLimit, shapes.insert(route.shape).inserted
                    else {
                        refusals.append("\(upstream.name) describes \(route.shape) once more")
                        continue
                    }
                    router.add(route.method, route.pattern, route)
                }
            }
        }
        self.router = router
        self.refusals = refusals
        described = Set(documents.keys)
    }

    /// The segments of a pattern that the router can take; nil for any other.
    static func patternSegments(_ pattern: String) -> [String]? {
        guard pattern.utf8.count <= patternLimit, !pattern.contains("%"),
            let segments = Upstream.segments(pattern)
        else { return nil }
        var names: Set<String> = []
        for segment in segments where segment.contains("{") || segment.contains("}") {
            guard segment.hasPrefix("{"), segment.hasSuffix("}"), segment.count > 2 else {
                return nil
            }
            let name = segment.dropFirst().dropLast()
            guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }),
                names.insert(String(name)).inserted
            else { return nil }
        }
        return segments
    }

    /// Where a request goes.
    func destination(_ method: HTTPMethod, _ path: String) -> Destination {
        guard Upstream.isVisible(path) else { return .nothing }
        switch router.match(method, path) {
        case .found(let route, _): return .route(route)
        case .methodNotAllowed(let methods): return .methodNotAllowed(methods)
        case .notFound: break
        }
        if let segments = Upstream.segments(path), let owner = Upstream.owner(of: segments),
            !described.contains(owner.name)
        {
            return .missing(owner.name)
        }
        return .nothing
    }
}
