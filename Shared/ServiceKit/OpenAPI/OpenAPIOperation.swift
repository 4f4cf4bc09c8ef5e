internal import EventTypes
internal import HTTP
internal import JSON

/// One route as an Operation Object (OpenAPI 3.1 §4.8.10).
struct OpenAPIOperation {
    let route: Route

    func make(components: inout [String: JSONValue]) -> JSONValue {
        var operation: JSONObject = [
            "operationId": .string(route.id), "summary": .string(route.summary),
            "tags": [.string(route.tag)],
        ]
        if !route.description.isEmpty { operation["description"] = .string(route.description) }
        describeAccess(in: &operation)
        let parameters = parameters(&components)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if route.consumes.kind != .none {
            operation["requestBody"] = [
                "required": true, "content": Self.content(route.consumes, &components),
            ]
            if route.bodyLimit != RouteTable.defaultBodyLimit {
                operation["x-souk-body-limit"] = .integer(Int64(route.bodyLimit))
            }
        }
        operation["responses"] = responses(&components)
        return .object(operation)
    }

    /// `security` for every reader, `x-souk-…` for the gateway and the reference.
    private func describeAccess(in operation: inout JSONObject) {
        let accessToken: JSONValue = .object([OpenAPIDocument.accessToken: []])
        let serviceToken: JSONValue = .object([OpenAPIDocument.serviceToken: []])
        func set(_ name: JSONValue, _ security: [JSONValue]) {
            operation["security"] = .array(security)
            operation["x-souk-access"] = name
        }
        func list(_ names: some Sequence<String>) -> JSONValue {
            .array(names.sorted().map(JSONValue.string))
        }
        switch route.access {
        case .open: set("open", [.object(JSONObject()), accessToken])
        case .signedIn: set("signed-in", [accessToken])
        case .roles(let roles):
            set("roles", [accessToken])
            operation["x-souk-roles"] = list(roles.map(\.rawValue))
        case .service: set("service", [serviceToken])
        case .services(let names):
            set("service", [serviceToken])
            operation["x-souk-services"] = list(names)
        }
    }

    // MARK: Parameters

    private func parameters(_ components: inout [String: JSONValue]) -> [JSONValue] {
        var result: [JSONValue] = []
        let declared = Set(route.parameters.filter { $0.place == .path }.map(\.name))
        for name in route.pathParameters where !declared.contains(name) {
            result.append(Self.parameter(name, "path", "", true, Self.string))
        }
        for parameter in route.parameters {
            result.append(
                Self.parameter(
                    parameter.name, parameter.place.rawValue, parameter.summary,
                    parameter.isRequired, parameter.schema(&components)))
        }
        if route.idempotency != .none {
            let summary =
                "Names this request: a repeat with the same key and body is answered with the "
                + "outcome of the first, marked Idempotency-Replayed."
            result.append(
                Self.parameter(
                    "Idempotency-Key", "header", summary, route.idempotency == .required,
                    [
                        "type": "string", "minLength": 1,
                        "maxLength": .integer(Int64(IdempotencyHeader.maximumLength)),
                    ]))
        }
        if route.ifMatch != .none {
            result.append(
                Self.parameter(
                    "If-Match", "header", "The ETag of the version that the change is meant for.",
                    route.ifMatch == .required, Self.string))
        }
        if route.waitsForPosition {
            let summary =
                "A Souk-Position of an earlier answer: this one shows at least as much, or is 503. "
                + "Beyond the last event it is refused."
            result.append(
                Self.parameter(
                    RequestScope.minimumPositionParameter, "query", summary, false,
                    ["type": "integer", "minimum": 0]))
        }
        return result
    }

    private static let string: JSONValue = ["type": "string"]

    private static func parameter(
        _ name: String, _ place: String, _ summary: String, _ isRequired: Bool, _ schema: JSONValue
    ) -> JSONValue {
        var parameter: JSONObject = ["name": .string(name), "in": .string(place)]
        if !summary.isEmpty { parameter["description"] = .string(summary) }
        if isRequired { parameter["required"] = true }
        parameter["schema"] = schema
        return .object(parameter)
    }

    // MARK: Bodies

    private static func content(
        _ content: Content, _ components: inout [String: JSONValue]
    ) -> JSONValue {
        let schema = content.schema(&components)
        var types = JSONObject()
        for type in content.mediaTypes {
            // What a handler writes by itself is text, or JSON of any form.
            let isAnyJSON = content.kind == .raw && type.hasSuffix("json")
            types[type] = ["schema": isAnyJSON ? [:] : schema]
        }
        return .object(types)
    }

    private func responses(_ components: inout [String: JSONValue]) -> JSONValue {
        var success: JSONObject = ["description": .string(route.success.reason)]
        let headers = successHeaders
        if !headers.isEmpty { success["headers"] = .object(headers) }
        if route.produces.kind != .none {
            success["content"] = Self.content(route.produces, &components)
        }
        var responses: JSONObject = ["\(route.success.code)": .object(success)]
        let problems = Dictionary(grouping: documentedProblems, by: \.status.code)
        for (code, slugs) in problems.sorted(by: { $0.key < $1.key }) {
            let lines = slugs.map { "`\($0.slug)`: \($0.title)." }
            responses["\(code)"] = [
                "description": .string(lines.joined(separator: " ")),
                "content": [
                    "application/problem+json": [
                        "schema": ["$ref": "#/components/schemas/Problem"]
                    ]
                ],
            ]
        }
        return .object(responses)
    }

    private var successHeaders: JSONObject {
        var headers = JSONObject()
        func add(_ name: String, _ description: JSONValue) {
            headers[name] = ["description": description, "schema": Self.string]
        }
        if route.isPaged { add("Link", "The next page (RFC 8288).") }
        if route.idempotency != .none {
            add("Idempotency-Replayed", "`true` on the stored outcome of an earlier request.")
        }
        if route.ifMatch != .none { add("ETag", "The version.") }
        return headers
    }

    /// The refusals of the route's own, then those that its rules make possible.
    private var documentedProblems: [ProblemSlug] {
        var problems = route.problems
        func add(_ slugs: ProblemSlug...) {
            for slug in slugs where !problems.contains(where: { $0.slug == slug.slug }) {
                problems.append(slug)
            }
        }
        let hasBody = route.consumes.kind != .none
        add(.malformed)
        if route.idempotency == .required { add(.missingIdempotencyKey) }
        if route.access.needsAccessToken || route.access.needsServiceToken { add(.unauthenticated) }
        switch route.access {
        case .roles, .services: add(.forbidden)
        case .open, .signedIn, .service: break
        }
        if !route.pathParameters.isEmpty { add(.notFound) }
        if route.method != .get, route.method != .head { add(.conflict) }
        if route.idempotency != .none { add(.requestInProgress, .idempotencyKeyReused) }
        if route.ifMatch != .none { add(.staleVersion) }
        if route.ifMatch == .required { add(.preconditionRequired) }
        if hasBody { add(.bodyTooLarge, .unsupportedMediaType) }
        if route.consumes.kind == .json || route.waitsForPosition
            || route.parameters.contains(where: { $0.place != .path })
        {
            add(.invalid)
        }
        add(.tooManyRequests, .unexpected, .unavailable)
        return problems
    }
}
