internal import HTTP
internal import Runtime
internal import ServiceKit

/// What the gateway answers itself in place of the endpoints that every service has: the document
/// is the one of all services, and measurements are for operators only.
struct OwnEndpoints: HTTPMiddleware {
    let directory: UpstreamDirectory
    let admission: Admission
    /// Who may read `/metrics`.
    let operators: [AddressRange]

    func admit(
        _ request: inout HTTPRequest, _ fields: inout HTTPHeaders
    ) throws -> HTTPResponse? {
        switch request.path {
        case "/metrics":
            guard let address = IPAddress(request.remoteAddress),
                operators.contains(where: { $0.contains(address) })
            else { throw ProblemSlug.notFound.problem() }
        case "/openapi.json" where request.method == .get || request.method == .head:
            fields.append(try count(request))
            let edition = directory.edition
            var response = HTTPResponse.content(
                MemorySource(edition.document), type: "application/json",
                etag: edition.validator, for: request)
            response.headers.set("Cache-Control", "no-cache")
            return response
        case "/", "/docs", "/api/v1/platform": fields.append(try count(request))
        default: break
        }
        return nil
    }

    private func count(_ request: HTTPRequest) throws -> HTTPHeaders {
        try admission.admit(.usual, caller: .anonymous, address: request.remoteAddress)
    }
}
