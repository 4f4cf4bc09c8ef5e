internal import HTTP

/// What every answer carries, whoever made it: the fields that keep browsers careful, and the
/// request's identifier.
struct Envelope: HTTPMiddleware {
    /// Interfaces load nothing and are shown in no frame; pages say what they need themselves.
    static let contentPolicy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// Whatever the service says.
    private static let always: (names: [String], fields: HTTPHeaders) = (
        ["X-Content-Type-Options", "X-Frame-Options"],
        ["X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"]
    )
    /// Unless the service says it better.
    private static let usual: HTTPHeaders = [
        "Referrer-Policy": "no-referrer", "Content-Security-Policy": contentPolicy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    ]

    /// Whether clients come by HTTPS, so that they may be told to stay with it.
    let isSecure: Bool

    func complete(_ response: inout HTTPResponse, to request: HTTPRequest) {
        for name in Self.always.names { response.headers.remove(name) }
        response.headers.append(Self.always.fields)
        response.headers.appendMissing(Self.usual)
        if isSecure {
            response.headers.set(
                "Strict-Transport-Security", "max-age=63072000; includeSubDomains")
        }
        response.headers.setIfAbsent("X-Request-ID", request.id)
    }
}
