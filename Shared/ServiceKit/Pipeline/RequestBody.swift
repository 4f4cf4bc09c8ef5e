internal import HTTP
internal import JSON

/// Reads JSON bodies, strictly.
enum RequestBody {
    /// Collects the body of a route that takes JSON.
    ///
    /// - Throws: `Problem` 415 for another media type, 413 past the route's limit.
    static func collect(_ request: HTTPRequest, for route: Route) async throws -> [UInt8] {
        guard route.consumes.kind == .json else {
            if route.consumes.kind == .raw { try check(request, route.consumes.mediaTypes) }
            return []
        }
        try check(request, route.consumes.mediaTypes)
        return try await request.body.collect(upTo: route.bodyLimit)
    }

    private static func check(_ request: HTTPRequest, _ accepted: [String]) throws {
        if accepted.contains("*/*") { return }
        let sent = request.headers.all("Content-Type")
        if sent.count == 1, let type = MediaType(sent[0]), type.isUTF8,
            accepted.contains(type.essence)
        {
            return
        }
        var problem = ProblemSlug.unsupportedMediaType.problem(
            "This takes \(accepted.joined(separator: " or ")).")
        problem.headers.set("Accept", accepted.joined(separator: ", "))
        throw problem
    }

    /// - Throws: `Problem` 400 when the text is no JSON, 422 when it is not what `type` needs.
    static func decode<Body: Decodable>(_ type: Body.Type, from bytes: [UInt8]) throws -> Body {
        if Body.self == NoBody.self, let none = NoBody() as? Body { return none }
        do {
            return try JSON.decode(type, from: bytes, limits: .request)
        } catch {
            let fault = [Problem.FieldFault(error.pointer, error.message)]
            switch error.kind {
            case .malformed:
                throw ProblemSlug.malformed.problem("The body is not valid JSON.", errors: fault)
            case .mismatch: throw ProblemSlug.invalid.problem(errors: fault)
            }
        }
    }
}

/// `application/json; charset=utf-8` (RFC 9110 §8.3.1), as far as routes need it.
struct MediaType {
    /// Type and subtype in lower case.
    let essence: String
    /// Whether the charset, where one is given, is UTF-8.
    let isUTF8: Bool

    init?(_ text: String) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map {
            $0.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
        guard let first = parts.first, first.split(separator: "/").count == 2 else { return nil }
        essence = first
        isUTF8 = parts.dropFirst().allSatisfy { part in
            !part.hasPrefix("charset=")
                || ["charset=utf-8", "charset=\"utf-8\""].contains(part)
        }
    }
}
