import HTTP
import JSON
import Synchronization

@testable import GatewayService

/// A service behind the gateway under test: a document, a handler, and what it got.
final class FakeService: Sendable {
    /// What arrived.
    struct Arrived: Sendable {
        let method: HTTPMethod
        let target: String
        let headers: HTTPHeaders
        let body: [UInt8]
    }

    private let document: JSONValue
    private let handler: HTTPHandler
    private let arrived = Mutex<[Arrived]>([])
    private let readiness = Mutex(true)

    init(
        _ operations: [(path: String, method: String, operation: JSONValue)],
        schemas: JSONValue = [:],
        handler: @escaping HTTPHandler = { request in .text("\(request.method) here") }
    ) {
        var paths = JSONObject()
        for (path, method, operation) in operations {
            var item = paths[path]?.object ?? JSONObject()
            item[method] = operation
            paths[path] = .object(item)
        }
        document = [
            "openapi": "3.1.0", "info": ["title": "Fake", "version": "1.0.0"],
            "paths": .object(paths), "components": ["schemas": schemas],
        ]
        self.handler = handler
    }

    /// What it says at `/readyz`.
    var isReady: Bool {
        get { readiness.withLock { $0 } }
        set { readiness.withLock { $0 = newValue } }
    }

    /// Everything that arrived, in order.
    var requests: [Arrived] { arrived.withLock { $0 } }

    /// An operation with this access.
    static func operation(
        _ id: String, _ access: String = "open", answers schema: String? = nil,
        bodyLimit: Int64? = nil
    ) -> JSONValue {
        let token: JSONValue = ["accessToken": []]
        let security: JSONValue =
            switch access {
            case "open": [[:], token]
            case "service": [["serviceToken": []]]
            default: [token]
            }
        var answer: JSONObject = ["description": "OK"]
        if let schema {
            answer["content"] = [
                "application/json": [
                    "schema": ["$ref": .string("#/components/schemas/\(schema)")]
                ]
            ]
        }
        var operation: JSONObject = [
            "operationId": .string(id), "tags": ["things"], "summary": .string("Do \(id)"),
            "security": security, "x-souk-access": .string(access),
            "responses": ["200": .object(answer)],
        ]
        if let bodyLimit { operation["x-souk-body-limit"] = .integer(bodyLimit) }
        return .object(operation)
    }

    func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        if request.path == "/openapi.json" { return try .json(document) }
        if request.path == "/readyz" { return .text("", status: isReady ? 200 : 503) }
        let body = try await request.body.collect(upTo: 64 << 20)
        arrived.withLock {
            $0.append(
                Arrived(
                    method: request.method, target: request.target, headers: request.headers,
                    body: body))
        }
        var copy = request
        copy.body = HTTPBody(body)
        return try await handler(copy)
    }
}
