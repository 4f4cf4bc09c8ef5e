internal import HTTP
package import JSON

/// Writes the OpenAPI 3.1 document of a service from the routes that serve it.
package struct OpenAPIDocument {
    let service: String
    let summary: String
    let publicURL: String
    let routes: [Route]

    package init(service: String, summary: String, publicURL: String, routes: [Route]) {
        self.service = service
        self.summary = summary
        self.publicURL = publicURL
        self.routes = routes
    }

    /// The version of all interfaces: the `v1` of the paths.
    static let version = "1.0.0"
    /// The names of the security schemes.
    static let accessToken = "accessToken"
    static let serviceToken = "serviceToken"

    package func make() -> JSONValue {
        var components = Self.problemSchemas
        var paths = JSONObject()
        for route in routes {
            let path = Self.path(route.pattern)
            var operations = paths[path]?.object ?? JSONObject()
            operations[route.method.rawValue.lowercased()] =
                OpenAPIOperation(route: route).make(components: &components)
            paths[path] = .object(operations)
        }
        var schemas = JSONObject()
        for (name, schema) in components.sorted(by: { $0.key < $1.key }) { schemas[name] = schema }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Souk \(service)", "summary": .string(summary),
                "version": .string(Self.version),
            ],
            "servers": [["url": .string(publicURL)]],
            "paths": .object(paths),
            "components": [
                "schemas": .object(schemas), "securitySchemes": Self.securitySchemes,
            ],
        ]
    }

    /// `{rest...}` of the router is `{rest}` in OpenAPI.
    private static func path(_ pattern: String) -> String {
        pattern.hasSuffix("...}") ? pattern.dropLast(4) + "}" : pattern
    }

    private static let securitySchemes: JSONValue = [
        accessToken: [
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token of the user service (EdDSA).",
        ],
        serviceToken: [
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "A token that one service signs for another; not for clients.",
        ],
    ]

    private static let problemSchemas: [String: JSONValue] = [
        "Problem": [
            "type": "object",
            "description": "What went wrong (RFC 9457).",
            "required": ["type", "title", "status"],
            "properties": [
                "type": ["type": "string", "format": "uri"],
                "title": ["type": "string"],
                "status": ["type": "integer"],
                "detail": ["type": "string"],
                "instance": ["type": "string"],
                "errors": [
                    "type": "array", "items": ["$ref": "#/components/schemas/FieldFault"],
                ],
            ],
        ],
        "FieldFault": [
            "type": "object",
            "required": ["pointer", "detail"],
            "properties": [
                "pointer": [
                    "type": "string",
                    "description": "The place in the body, as a JSON Pointer (RFC 6901).",
                ],
                "detail": ["type": "string"],
            ],
        ],
    ]
}
