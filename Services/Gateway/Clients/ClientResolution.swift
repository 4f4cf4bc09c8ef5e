internal import HTTP
internal import Runtime
internal import ServiceKit

/// Finds out whose address a request comes from, and turns away those that are not wanted.
///
/// After this `remoteAddress` is the client's, and no field is left that says so.
struct ClientResolution: HTTPMiddleware {
    /// What proxies say about clients, and clients about themselves.
    static let claims = FieldNames([
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
        "X-Forwarded-Port", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP",
        "X-Original-URL", "X-Rewrite-URL",
    ])

    let trusted: [AddressRange]
    let blocked: [AddressRange]

    func admit(
        _ request: inout HTTPRequest, _ fields: inout HTTPHeaders
    ) throws -> HTTPResponse? {
        if let address = request.client(behind: trusted) {
            guard !blocked.contains(where: { $0.contains(address) }) else {
                throw ProblemSlug.forbidden.problem("Requests from your address are not taken.")
            }
            // A version 4 address is written in one way only.
            if !address.isVersion4 || request.remoteAddress.utf8.contains(UInt8(ascii: ":"))
                || request.headers.contains(HTTPRequest.forwardedFor)
            {
                request.remoteAddress = address.description
            }
        }
        if request.headers.contains(any: Self.claims) {
            request.headers = request.headers.removing(Self.claims)
        }
        return nil
    }
}
