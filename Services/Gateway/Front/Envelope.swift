internal import HTTP

/// What every answer carries, whoever made it: the fields that keep browsers careful, and the
/// request's identifier. Errors of what is inside become problem documents here.
struct Envelope: HTTPMiddleware {
    /// Interfaces load nothing and are shown in no frame; pages say what they need themselves.
    static let contentPolicy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// Whether clients come by HTTPS, so that they may be told to stay with it.
    let isSecure: Bool

    func respond(to request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse {
        var response: HTTPResponse
        do {
            response = try await next(request)
        } catch let error as any ProblemConvertible {
            response = error.problem.response()
        }
        response.headers.set("X-Content-Type-Options", "nosniff")
        response.headers.set("X-Frame-Options", "DENY")
        response.headers.setIfAbsent("Referrer-Policy", "no-referrer")
        response.headers.setIfAbsent("Content-Security-Policy", Self.contentPolicy)
        response.headers.setIfAbsent("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setIfAbsent("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setIfAbsent(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        if isSecure {
            response.headers.set(
                "Strict-Transport-Security", "max-age=63072000; includeSubDomains")
        }
        response.headers.setIfAbsent("X-Request-ID", request.id)
        return response
    }
}
