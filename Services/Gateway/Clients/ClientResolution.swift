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

    private static let forwardedFor = "X-Forwarded-For"

    let trusted: [AddressRange]
    let blocked: [AddressRange]

    func admit(
        _ request: inout HTTPRequest, _ fields: inout HTTPHeaders
    ) throws -> HTTPResponse? {
        if let address = client(of: request) {
            guard !blocked.contains(where: { $0.contains(address) }) else {
                throw ProblemSlug.forbidden.problem("Requests from your address are not taken.")
            }
            // A version 4 address is written in one way only.
            if !address.isVersion4 || request.remoteAddress.utf8.contains(UInt8(ascii: ":"))
                || request.headers.contains(Self.forwardedFor)
            {
                request.remoteAddress = address.description
            }
        }
        if request.headers.contains(any: Self.claims) {
            request.headers = request.headers.removing(Self.claims)
        }
        return nil
    }

    private func client(of request: HTTPRequest) -> ClientAddress? {
        guard var client = ClientAddress(request.remoteAddress) else { return nil }
        guard request.headers.contains(Self.forwardedFor) else { return client }
        for text in request.headers.list(Self.forwardedFor).reversed() {
            guard isTrusted(client), let before = ClientAddress(text) else { break }
            client = before
        }
        return client
    }

    private func isTrusted(_ address: ClientAddress) -> Bool {
        trusted.contains { $0.contains(address) }
    }
}
