internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Which fields pass the gateway (RFC 9110 §7.6).
enum ForwardedFields {
    /// What is about one connection only.
    private static let hopByHop = [
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
        "Proxy-Connection", "Proxy-Authentication-Info", "TE", "Trailer", "Transfer-Encoding",
        "Upgrade", "Content-Length", "HTTP2-Settings",
    ]
    /// What the gateway has dealt with, or says itself.
    private static let ownOfRequest = [
        "Host", "Expect", "traceparent", "tracestate", "X-Request-ID", "Correlation-ID",
        PartnerKeys.field, "X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override",
        RequestDeadline.field, "Sec-WebSocket-Key", "Sec-WebSocket-Version",
        "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept",
    ]
    private static let ownOfResponse = [
        "Server", "X-Powered-By", "Date", "RateLimit", "RateLimit-Policy",
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
        "Access-Control-Expose-Headers",
    ]
    private static let droppedOfRequest = FieldNames(hopByHop + ownOfRequest)
    private static let droppedOfResponse = FieldNames(hopByHop + ownOfResponse)
    /// What stays although a client names it in `Connection`: it is not about the connection.
    private static let endToEnd = [
        "authorization", "content-type", "idempotency-key", "if-match", "cache-control",
    ]

    /// What a service gets of a request that was made from the one at hand.
    static func toService(
        _ request: HTTPRequest, _ call: FallbackCall, publicURL: String
    ) -> HTTPHeaders {
        var fields = request.headers.removing(
            dropped(droppedOfRequest, request.headers))
        fields.set("X-Forwarded-For", request.remoteAddress)
        fields.set("X-Forwarded-Proto", publicURL.hasPrefix("https:") ? "https" : "http")
        if let host = request.headers["Host"] { fields.set("X-Forwarded-Host", host) }
        fields.set("Via", "1.1 souk")
        fields.set("X-Request-ID", request.id)
        fields.set("Correlation-ID", call.correlationID.description)
        if let trace = TraceContext.current {
            fields.set("traceparent", trace.traceparent)
            if let state = trace.tracestate { fields.set("tracestate", state) }
        }
        return fields
    }

    /// What a client gets.
    static func toClient(_ fields: HTTPHeaders) -> HTTPHeaders {
        fields.removing(dropped(droppedOfResponse, fields))
    }

    /// Those and what the sender names in `Connection`; most name what is dropped anyway.
    private static func dropped(_ always: FieldNames, _ fields: HTTPHeaders) -> FieldNames {
        let named = fields.list("Connection").filter {
            !always.contains($0) && !endToEnd.contains($0.lowercased())
        }
        return named.isEmpty ? always : always.union(named)
    }
}
