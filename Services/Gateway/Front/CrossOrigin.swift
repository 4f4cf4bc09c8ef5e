internal import HTTP
internal import Runtime

/// Lets pages of other origins in, if they are on the list (Fetch standard, CORS protocol). There
/// are no cookies here, so credentials are never allowed.
struct CrossOrigin: HTTPMiddleware {
    private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE"
    private static let requestFields =
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-API-Key, "
        + "X-Request-ID, Souk-Min-Position, traceparent, tracestate"
    private static let responseFields =
        "ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, "
        + "Souk-Position, X-Request-ID"

    /// `https://shop.example`; `*` for all.
    let origins: [String]

    func admit(
        _ request: inout HTTPRequest, _ fields: inout HTTPHeaders
    ) throws -> HTTPResponse? {
        guard request.method == .options, request.headers.contains("Origin"),
            request.headers.contains("Access-Control-Request-Method")
        else { return nil }
        return preflight(allowed(request))
    }

    func complete(_ response: inout HTTPResponse, to request: HTTPRequest) {
        if !origins.isEmpty { response.headers.add("Vary", "Origin") }
        if let allowed = allowed(request) {
            response.headers.set("Access-Control-Allow-Origin", allowed)
            response.headers.set("Access-Control-Expose-Headers", Self.responseFields)
            response.headers.set("Cross-Origin-Resource-Policy", "cross-origin")
        }
    }

    private func preflight(_ allowed: String?) -> HTTPResponse {
        var response = HTTPResponse(
            .noContent,
            headers: [
                "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
            ])
        // Without these fields the browser keeps the page from asking.
        if let allowed {
            response.headers.set("Access-Control-Allow-Origin", allowed)
            response.headers.set("Access-Control-Allow-Methods", Self.methods)
            response.headers.set("Access-Control-Allow-Headers", Self.requestFields)
            response.headers.set("Access-Control-Max-Age", "600")
        }
        return response
    }

    /// What the request's page is told that is allowed; nil where nothing is.
    private func allowed(_ request: HTTPRequest) -> String? {
        guard request.headers.contains("Origin") else { return nil }
        let sent = request.headers.all("Origin")
        return sent.count == 1 ? allowed(sent[0]) : nil
    }

    private func allowed(_ origin: String) -> String? {
        if origins.contains("*") { return "*" }
        return origins.contains(origin) ? origin : nil
    }

    /// Whether a text can be on the list: scheme, host and perhaps port, as browsers send it.
    static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            let authority = text.dropFirst(scheme.count)
            return !authority.isEmpty
                && authority.allSatisfy { character in
                    character.isASCII
                        && (character.isLowercase || character.isNumber
                            || ".-:[]".contains(character))
                }
        }
        return false
    }
}

extension ConfigurationKey where Value == [String] {
    /// Origins between commas.
    static func origins(_ name: String, help: String) -> Self {
        Self(name, default: [], help: help, show: { $0.joined(separator: ",") }) { text in
            try text.split(separator: ",").map { part in
                let origin = part.filter { $0 != " " }
                guard CrossOrigin.isOrigin(origin) else {
                    throw Expectation("origins such as https://shop.example, or *")
                }
                return origin
            }
        }
    }
}
