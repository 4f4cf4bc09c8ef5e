internal import HTTP

/// Entity tags of streams (RFC 9110 §8.8.3): the version in quotes, always strong.
enum EntityTag {
    static func text(_ version: Int64) -> String { "\"\(version)\"" }

    /// The version that a change is meant for.
    ///
    /// - Returns: nil where the header is absent (and need not be there) or `*`.
    /// - Throws: `Problem` 428 when it is required and missing, 412 when it can match no version.
    static func ifMatch(of request: HTTPRequest, for route: Route) throws -> Int64? {
        if route.ifMatch == .none { return nil }
        let tags = request.headers.list("If-Match")
        if tags.isEmpty {
            if route.ifMatch == .optional { return nil }
            throw ProblemSlug.preconditionRequired.problem(
                "Read it first, and send its ETag back as If-Match.")
        }
        if tags == ["*"] { return nil }
        guard tags.count == 1, let version = version(tags[0]) else {
            throw ProblemSlug.staleVersion.problem("If-Match must be the ETag of one version.")
        }
        return version
    }

    /// Whether the client has this version already (`If-None-Match`, compared weakly).
    static func isKnown(_ version: Int64, to request: HTTPRequest) -> Bool {
        request.headers.list("If-None-Match").contains { tag in
            tag == "*"
                || Self.version(tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : tag) == version
        }
    }

    private static func version(_ tag: String) -> Int64? {
        guard tag.count > 2, tag.first == "\"", tag.last == "\"",
            let version = Int64(tag.dropFirst().dropLast()), version >= 0
        else { return nil }
        return version
    }
}
