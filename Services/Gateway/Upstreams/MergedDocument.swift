internal import JSON

/// The OpenAPI documents of all services as one for clients: what is between services is left out,
/// and schemas of the same name that are not the same get the service's name in front.
struct MergedDocument {
    private static let reference = "#/components/schemas/"

    let publicURL: String
    private var paths = JSONObject()
    private var schemas: [String: JSONValue] = [:]
    private var operations: Set<String> = []
    private var tags: [String] = []

    init(publicURL: String) { self.publicURL = publicURL }

    /// - Parameters:
    ///   - documents: the services' documents, by name.
    ///   - own: the gateway's.
    static func make(
        _ documents: [String: JSONValue], own: JSONValue, publicURL: String
    ) -> JSONValue {
        var merged = MergedDocument(publicURL: publicURL)
        for upstream in Upstream.all {
            if let document = documents[upstream.name] { merged.add(document, of: upstream.name) }
        }
        merged.add(own, of: GatewayService.name)
        return merged.document
    }

    private mutating func add(_ document: JSONValue, of service: String) {
        let own = document["components"]?["schemas"]?.object ?? JSONObject()
        let names = names(for: own, of: service)
        var used: Set<String> = []
        for path in document["paths"]?.object ?? [:] {
            guard let segments = RoutingTable.patternSegments(path.name),
                !Upstream.isHidden(segments), paths[path.name] == nil,
                Upstream.owner(of: segments).map({ $0.name == service }) ?? true
            else { continue }
            var open = JSONObject()
            for operation in path.value.object ?? [:] {
                guard
                    GatewayRoute(service, path.name, operation.name, operation.value) != nil
                else { continue }
                open[operation.name] = published(
                    renamed(operation.value, names, &used), of: service)
            }
            if !open.isEmpty { paths[path.name] = .object(open) }
        }
        // Only what is still referred to, over any number of steps.
        var pending = used
        var done: Set<String> = []
        while let name = pending.popFirst() {
            guard done.insert(name).inserted, let schema = own[name] else { continue }
            var further: Set<String> = []
            schemas[names[name] ?? name] = renamed(schema, names, &further)
            pending.formUnion(further.subtracting(done))
        }
    }

    /// The new names of a service's schemas whose own ones mean something else already.
    private func names(for own: JSONObject, of service: String) -> [String: String] {
        var names: [String: String] = [:]
        let prefix = service.prefix(1).uppercased() + service.dropFirst()
        // A schema that refers to a renamed one is no longer the same as its namesake.
        while true {
            var unused: Set<String> = []
            let clashing = own.first { member in
                names[member.name] == nil && schemas[member.name] != nil
                    && schemas[member.name] != renamed(member.value, names, &unused)
            }
            guard let clashing else { return names }
            names[clashing.name] = prefix + clashing.name
        }
    }

    /// A value whose references follow the new names.
    private func renamed(
        _ value: JSONValue, _ names: [String: String], _ used: inout Set<String>
    ) -> JSONValue {
        switch value {
        case .object(let object):
            var copy = JSONObject()
            for member in object {
                if member.name == "$ref", let target = member.value.string,
                    target.hasPrefix(Self.reference)
                {
                    let name = String(target.dropFirst(Self.reference.count))
                    used.insert(name)
                    copy[member.name] = .string(Self.reference + (names[name] ?? name))
                } else {
                    copy[member.name] = renamed(member.value, names, &used)
                }
            }
            return .object(copy)
        case .array(let items): return .array(items.map { renamed($0, names, &used) })
        default: return value
        }
    }

    private mutating func published(_ operation: JSONValue, of service: String) -> JSONValue {
        guard var operation = operation.object else { return operation }
        if let id = operation["operationId"]?.string, !operations.insert(id).inserted {
            let other = "\(service)_\(id)"
            operations.insert(other)
            operation["operationId"] = .string(other)
        }
        for tag in operation["tags"]?.array?.compactMap(\.string) ?? [] where !tags.contains(tag) {
            tags.append(tag)
        }
        if let security = operation["security"]?.array {
            operation["security"] = .array(security.filter { $0["serviceToken"] == nil })
        }
        operation["x-souk-service"] = .string(service)
        return .object(operation)
    }

    private var document: JSONValue {
        var components = JSONObject()
        for (name, schema) in schemas.sorted(by: { $0.key < $1.key }) { components[name] = schema }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Souk", "summary": "Everything that clients of the platform can do.",
                "version": "1.0.0",
            ],
            "servers": [["url": .string(publicURL)]],
            "tags": .array(tags.map { ["name": .string($0)] }),
            "paths": .object(paths),
            "components": [
                "schemas": .object(components),
                "securitySchemes": [
                    "accessToken": [
                        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                        "description": "The access token that signing in gives.",
                    ]
                ],
            ],
        ]
    }
}
