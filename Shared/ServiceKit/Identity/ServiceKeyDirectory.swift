public import Crypto
internal import JSON

/// The public keys of all services, by name: which key may speak for which service.
///
/// The file (`SOUK_SERVICE_JWKS_FILE`) is a JSON object with a key set (RFC 7517) for each service:
/// `{"wallet": {"keys": [{"kty": "OKP", …}]}, "user": {"keys": […]}}`. A set with two keys is a
/// rotation under way. One set for all would let every service sign as every other.
public struct ServiceKeyDirectory: Sendable {
    public var services: [String: JWKSet]

    public init(services: [String: JWKSet] = [:]) { self.services = services }

    /// Reads the file's text.
    ///
    /// - Throws: `JSONError` when it is not such an object.
    public init(parsing bytes: [UInt8]) throws {
        services = try JSON.decode([String: JWKSet].self, from: bytes)
    }

    /// The file's text.
    public func text() throws -> String { try JSON.text(services) }
}
