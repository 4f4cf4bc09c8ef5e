import Foundation
import Synchronization
import TestSupport
import Testing

/// A second replica of one service of a platform, and a gateway before both.
final class LivePair: Sendable {
    let gateway: String
    private let replica: LiveProgram
    private let front: LiveProgram

    init(_ name: String, on platform: LivePlatform) throws {
        let first = try FreePorts.take(2)
        let secrets = platform.home.appending(path: "souk/secrets").path
        var environment = platform.environment
        environment["KAFKA_BOOTSTRAP_SERVERS"] = String(
            platform.url("broker").dropFirst("http://".count))
        environment["SOUK_SERVICE_JWKS_FILE"] = "\(secrets)/service-jwks.json"
        environment["SOUK_JWKS_URL"] = platform.url("user") + "/.well-known/jwks.json"
        for neighbour in [
            "user", "catalog", "order", "cashback", "wallet", "notification", "analytics", "cms",
        ] {
            environment["SOUK_\(neighbour.uppercased())_URL"] = platform.url(neighbour)
        }
        var own = environment
        own["SOUK_HTTP_PORT"] = String(first)
        own["SOUK_SERVICE_KEY_FILE"] = "\(secrets)/service-\(name).pem"
        own["DATABASE_URL_FILE"] = "\(secrets)/database-\(name).url"
        replica = try LiveProgram([name], own)
        environment["SOUK_HTTP_PORT"] = String(first + 1)
        environment["SOUK_SERVICE_KEY_FILE"] = "\(secrets)/service-gateway.pem"
        environment["SOUK_\(name.uppercased())_URL"] =
            "\(platform.url(name)),http://127.0.0.1:\(first)"
        front = try LiveProgram(["gateway"], environment)
        gateway = "http://127.0.0.1:\(first + 1)"
    }

    /// Waits until both answer.
    func start() async throws {
        try await Eventually.holds {
            let answer = try? await LiveClient(gateway: gateway).call("GET", "/api/v1/platform")
            let text = String(decoding: answer?.bytes ?? [], as: UTF8.self)
            return answer?.status == 200 && !text.contains("\"down\"")
        }
    }

    func killReplica() { replica.kill() }

    func stop() async {
        replica.kill()
        front.kill()
        _ = await replica.end()
        _ = await front.end()
    }
}
