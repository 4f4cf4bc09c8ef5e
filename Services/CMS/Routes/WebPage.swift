internal import Crypto
internal import EventTypes
internal import HTTP

/// Pages, feeds and what browsers must be told with them.
enum WebPage {
    static let html = "text/html; charset=utf-8"

    /// A text that caches keep and ask about: 304 for who has it.
    static func cached(
        _ text: String, type: String, tag: String, modified: Timestamp?, for request: HTTPRequest
    ) -> HTTPResponse {
        let quoted = "\"\(tag)\""
        var response = HTTPResponse.bytes(Array(text.utf8), type: type)
        if isKnown(quoted, modified, to: request) { response = HTTPResponse(304) }
        response.headers.set("ETag", quoted)
        if let modified { response.headers.set("Last-Modified", HTTPDate.text(modified)) }
        response.headers.set("Cache-Control", CMSRoutes.caching)
        protect(&response)
        return response
    }

    /// A text whose tag is made of itself.
    static func cached(_ text: String, type: String, for request: HTTPRequest) -> HTTPResponse {
        let tag = Digest.hex(Array(Digest.sha256(Array(text.utf8)).prefix(16)))
        return cached(text, type: type, tag: tag, modified: nil, for: request)
    }

    static func protect(_ response: inout HTTPResponse) {
        response.headers.set("Content-Security-Policy", Site.policy)
        response.headers.set("X-Content-Type-Options", "nosniff")
        response.headers.setIfAbsent("Referrer-Policy", "strict-origin-when-cross-origin")
    }

    /// RFC 9110 §13.1: the tag counts where the client sends one, the date only without it.
    private static func isKnown(
        _ quoted: String, _ modified: Timestamp?, to request: HTTPRequest
    ) -> Bool {
        if request.headers.contains("If-None-Match") {
            return request.headers.list("If-None-Match").contains {
                $0 == "*" || $0 == quoted || $0 == "W/\(quoted)"
            }
        }
        guard let modified, let since = request.headers["If-Modified-Since"].flatMap(HTTPDate.parse)
        else { return false }
        return modified.microseconds / 1_000_000 <= since.microseconds / 1_000_000
    }

    /// Answers as `body` does; problems as a page to those who ask for pages.
    static func answer(
        _ request: HTTPRequest, _ site: Site, _ body: () async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        do {
            return try await body()
        } catch let problem as Problem where problem.status.code < 500 {
            guard request.headers.list("Accept").contains(where: { $0.hasPrefix("text/html") })
            else {
                throw problem
            }
            let text = site.message(problem.title, problem.detail ?? explanation(problem))
            var response = HTTPResponse.bytes(Array(text.utf8), type: html, status: problem.status)
            for (name, value) in problem.headers { response.headers.set(name, value) }
            response.headers.set("Vary", "Accept")
            protect(&response)
            return response
        }
    }

    private static func explanation(_ problem: Problem) -> String {
        switch problem.status.code {
        case 301: "Your browser takes you there."
        case 410: "What was here has been removed."
        default: "Nothing is published at this address."
        }
    }
}
