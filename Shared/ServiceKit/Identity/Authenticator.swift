internal import Crypto
internal import HTTP
internal import JSON
internal import Runtime

/// Finds out who sent a request and whether they may use the route.
final class Authenticator: Sendable {
    /// This service: the audience of service tokens.
    private let name: String
    private let accessKeys: AccessKeyCache
    /// By the name of the service that signs.
    private let services: [String: JWTVerifier]
    private let verified: VerifiedTokens

    init(
        name: String, accessKeys: AccessKeyCache, serviceKeys: ServiceKeyDirectory,
        clock: any WallClock
    ) {
        self.name = name
        self.accessKeys = accessKeys
        verified = VerifiedTokens(clock: clock)
        var services: [String: JWTVerifier] = [:]
        for (caller, keys) in serviceKeys.services {
            services[caller] = JWTVerifier(
                keys: keys, issuer: ServiceClaims.issuerPrefix + caller, audience: name,
                clock: clock)
        }
        self.services = services
    }

    /// - Throws: `Problem` 401 without a valid token where one is needed, 403 when the caller may
    ///   not, 503 when tokens cannot be verified.
    func caller(of request: HTTPRequest, for access: Access) async throws -> Caller {
        if let known = known(request, for: access) { return known }
        switch access {
        case .open:
            return try await visitor(request)
        case .signedIn:
            return .person(try await signedIn(request))
        case .roles(let roles):
            let identity = try await signedIn(request)
            guard !identity.roles.isDisjoint(with: roles) else {
                throw Problem.forbidden("This needs another role than yours.")
            }
            return .person(identity)
        case .service:
            return .service(try service(of: request))
        case .services(let names):
            let caller = try service(of: request)
            guard names.contains(caller) else {
                throw Problem.forbidden("This is not for the service \(caller).")
            }
            return .service(caller)
        }
    }

    /// The caller where nothing has to be waited for or verified anew, and all is well: most
    /// requests.
    func known(_ request: HTTPRequest, for access: Access) -> Caller? {
        switch access {
        case .open where !request.headers.contains("Authorization"):
            return request.headers.contains("Sec-WebSocket-Protocol") ? nil : .anonymous
        case .open, .signedIn: return knownIdentity(request).map { .person($0) }
        case .roles(let roles):
            guard let identity = knownIdentity(request), !identity.roles.isDisjoint(with: roles)
            else { return nil }
            return .person(identity)
        case .service, .services: return nil
        }
    }

    private func knownIdentity(_ request: HTTPRequest) -> Identity? {
        guard let edition = accessKeys.fresh() else { return nil }
        let name = request.headers.withOnly("Authorization") { value in
            BearerToken.token(in: value).map { VerifiedTokens.Name(of: $0) }
        }
        guard let name = name ?? nil else { return nil }
        return verified.identity(of: name, edition: edition.number)
    }

    /// A token that is no good is no token here; one that cannot be verified for now must not turn
    /// a person into nobody.
    private func visitor(_ request: HTTPRequest) async throws -> Caller {
        do {
            guard let token = try BearerToken.of(request) else { return .anonymous }
            return .person(try await identity(from: token))
        } catch let problem as Problem where problem.status == .unauthorized {
            return .anonymous
        }
    }

    private func signedIn(_ request: HTTPRequest) async throws -> Identity {
        guard let token = try BearerToken.of(request) else { throw Problem.unauthenticated() }
        return try await identity(from: token)
    }

    private func identity(from token: String) async throws -> Identity {
        let edition = try await accessKeys.keys()
        if let known = verified.identity(of: token, edition: edition.number) { return known }
        do {
            let claims = try edition.verifier.verify(token, as: AccessClaims.self)
            verified.add(token, claims, edition: edition.number)
            return claims.identity
        } catch TokenError.unknownKey {
            guard let later = try await accessKeys.keys(after: edition),
                let claims = try? later.verifier.verify(token, as: AccessClaims.self)
            else { throw Problem.unauthenticated("The token is signed with an unknown key.") }
            return claims.identity
        } catch {
            throw Problem.unauthenticated("The access token is refused: \(error).")
        }
    }

    /// The name of the service whose key signed the token for this one.
    private func service(of request: HTTPRequest) throws -> String {
        guard let token = try BearerToken.of(request) else { throw Problem.unauthenticated() }
        let refusal = Problem.unauthenticated("The token is not one of a service for this one.")
        guard let caller = Self.claimedService(in: token), let verifier = services[caller],
            (try? verifier.verify(token, as: ServiceClaims.self)) != nil
        else { throw refusal }
        return caller
    }

    /// What the token says about its issuer, unverified: it only selects whose keys must have
    /// signed it.
    private static func claimedService(in token: String) -> String? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64URL.decode(String(parts[1])),
            let claims = try? JSON.decode(ServiceClaims.self, from: bytes),
            claims.issuer.hasPrefix(ServiceClaims.issuerPrefix)
        else { return nil }
        return String(claims.issuer.dropFirst(ServiceClaims.issuerPrefix.count))
    }
}
