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
        "Host", "Expect", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Via",
        "traceparent", "tracestate", "X-Request-ID", "Correlation-ID",
        PartnerKeys.field, "X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override",
        RequestDeadline.field, "Sec-WebSocket-Key", "Sec-WebSocket-Version",
        "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept",
    ]
    private static let ownOfResponse = [
        "Server", "X-Powered-By", "Date", "RateLimit", "RateLimit-Policy",
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
        "Access-Control-Expose-Headers",
    ]
    /// About what the gateway's own fields take.
    private static let ownBytes = 320
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
            dropped(droppedOfRequest, request.headers), extraBytes: ownBytes)
        fields.add("X-Forwarded-For", request.remoteAddress)
        fields.add("X-Forwarded-Proto", publicURL.hasPrefix("https:") ? "https" : "http")
        if let host = request.headers["Host"] { fields.add("X-Forwarded-Host", host) }
        fields.add("Via", "1.1 souk")
        fields.add("X-Request-ID", request.id)
        fields.add("Correlation-ID", call.correlationID.description)
        if let trace = TraceContext.current {
            fields.add("traceparent", trace.traceparent)
            if let state = trace.tracestate { fields.add("tracestate", state) }
        }
        return fields
    }

    /// What a client gets.
    static func toClient(_ fields: HTTPHeaders) -> HTTPHeaders {
        fields.removing(dropped(droppedOfResponse, fields))
    }

    /// Those and what the sender names in `Connection`; most name what is dropped anyway.
    private static func dropped(_ always: FieldNames, _ fields: HTTPHeaders) -> FieldNames {
        // Most say at most that the connection stays.
        if !fields.contains("Connection") || fields.hasOnly("Connection", "keep-alive") {
            return always
        }
        let named = fields.list("Connection").filter {
            !always.contains($0) && !endToEnd.contains($0.lowercased())
        }
        return named.isEmpty ? always : always.union(named)
    }
}
