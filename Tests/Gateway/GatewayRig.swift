import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport

@testable import GatewayService

/// The gateway between a real server and services that a test makes up.
struct GatewayRig: Sendable {
    let gateway: ServiceHarness<GatewayService>
    let server: LoopbackServer

    static func with<R>(
        settings: [String: String] = [:], services: [String: FakeService] = [:],
        _ body: (GatewayRig) async throws -> R
    ) async throws -> R {
        try await serving(services.map { ($0.key, $0.value) }, settings: settings, body)
    }

    /// With services that may have several replicas, besides those that the settings name.
    static func with<R>(
        settings: [String: String] = [:], replicas: [(String, FakeService)],
        _ body: (GatewayRig) async throws -> R
    ) async throws -> R {
        try await serving(replicas, settings: settings, body)
    }

    /// Starts the services one within the other.
    private static func serving<R>(
        _ services: [(String, FakeService)], settings: [String: String],
        _ body: (GatewayRig) async throws -> R
    ) async throws -> R {
        guard let (name, service) = services.first else {
            return try await started(settings, body)
        }
        var limits = HTTPLimits()
        limits.bodyBytes = 64 << 20
        return try await LoopbackServer.with(limits: limits, { try await service.respond(to: $0) })
        {
            server in
            var settings = settings
            let key = "SOUK_\(name.uppercased())_URL"
            settings[key] = settings[key].map { "\($0),\(server.url)" } ?? server.url
            return try await serving(Array(services.dropFirst()), settings: settings, body)
        }
    }

    private static func started<R>(
        _ settings: [String: String], _ body: (GatewayRig) async throws -> R
    ) async throws -> R {
        var all = settings
        // Nobody listens there.
        for upstream in Upstream.all {
            let name = "SOUK_\(upstream.name.uppercased())_URL"
            all[name] = all[name] ?? "http://127.0.0.1:1"
        }
        return try await ServiceHarness<GatewayService>.with(settings: all) { gateway in
            let rigged = gateway.blueprint.components.compactMap {
                $0.component as? UpstreamDirectory
            }
            for directory in rigged { await directory.refresh() }
            return try await LoopbackServer.with(
                limits: gateway.blueprint.limits, gateway.handler
            ) { server in try await body(GatewayRig(gateway: gateway, server: server)) }
        }
    }

    /// The replicas of a service as the gateway sees them.
    func pool(_ name: String) -> UpstreamPool? {
        gateway.blueprint.components.lazy.compactMap { $0.component as? UpstreamDirectory }.first?
            .pool(of: name)
    }

    /// What asks for readiness; it does not run by itself in tests.
    var monitor: HealthMonitor? {
        gateway.blueprint.components.lazy.compactMap { $0.component as? HealthMonitor }.first
    }

    /// What the gateway tells of a service.
    func platform(_ name: String) async throws -> JSONValue {
        let answer = try await send(.get, "/api/v1/platform")
        let document = try JSON.decode(JSONValue.self, from: Array(answer.text.utf8))
        return document["services"]?.array?.first { $0["name"]?.string == name } ?? .null
    }

    /// Sends a request over the network.
    func send(
        _ method: HTTPMethod = .get, _ path: String, headers: HTTPHeaders = [:],
        body: HTTPClientRequest.Body = .empty
    ) async throws -> (status: Int, headers: HTTPHeaders, text: String) {
        let response = try await server.client.send(
            HTTPClientRequest(method, server.url + path, headers: headers, body: body))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return (
            response.status.code, response.headers, String(decoding: bytes, as: UTF8.self)
        )
    }
}
