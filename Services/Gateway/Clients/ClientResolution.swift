internal import HTTP
internal import ServiceKit

/// Finds out whose address a request comes from, and turns away those that are not wanted.
///
/// What a client says about itself counts only as far as proxies that are trusted have said it: the
/// list of `X-Forwarded-For` is read from its end, and the first address that is no trusted proxy's
/// is the client's. After this `remoteAddress` is the client's, and no such field is left.
struct ClientResolution: HTTPMiddleware {
    /// What proxies say about clients, and clients about themselves.
    static let claims = FieldNames([
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
        "X-Forwarded-Port", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP",
        "X-Original-URL", "X-Rewrite-URL",
    ])

    let trusted: [AddressRange]
    let blocked: [AddressRange]

    func respond(to request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse {
        var request = request
        let address = client(of: request)
        if let address {
            guard !blocked.contains(where: { $0.contains(address) }) else {
                throw ProblemSlug.forbidden.problem("Requests from your address are not taken.")
            }
            request.remoteAddress = address.description
        }
        request.headers = request.headers.removing(Self.claims)
        return try await next(request)
    }

    private func client(of request: HTTPRequest) -> ClientAddress? {
        guard var client = ClientAddress(request.remoteAddress) else { return nil }
        for text in request.headers.list("X-Forwarded-For").reversed() {
            guard isTrusted(client), let before = ClientAddress(text) else { break }
            client = before
        }
        return client
    }

    private func isTrusted(_ address: ClientAddress) -> Bool {
        trusted.contains { $0.contains(address) }
    }
}
