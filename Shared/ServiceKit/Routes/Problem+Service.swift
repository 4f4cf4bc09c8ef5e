public import HTTP

extension Problem {
    /// 401 with the challenge of RFC 6750.
    ///
    /// - Parameter reason: what is wrong with the token that was sent; nil when none was.
    static func unauthenticated(_ reason: String? = nil) -> Problem {
        var problem = ProblemSlug.unauthenticated.problem(reason)
        problem.headers.set(
            "WWW-Authenticate",
            reason == nil
                ? "Bearer realm=\"souk\"" : "Bearer realm=\"souk\", error=\"invalid_token\"")
        return problem
    }

    /// 403 with the challenge of RFC 6750.
    static func forbidden(_ detail: String) -> Problem {
        var problem = ProblemSlug.forbidden.problem(detail)
        problem.headers.set(
            "WWW-Authenticate", "Bearer realm=\"souk\", error=\"insufficient_scope\"")
        return problem
    }

    /// 503 that says when to come back.
    ///
    /// - Parameter seconds: what `Retry-After` says.
    public static func unavailable(_ detail: String, retryAfter seconds: Int = 1) -> Problem {
        var problem = ProblemSlug.unavailable.problem(detail)
        problem.headers.set("Retry-After", "\(seconds)")
        return problem
    }

    /// 422 about one parameter of the query.
    ///
    /// - Parameter fault: the end of a sentence that starts with the name.
    public static func queryFault(_ name: String, _ fault: String) -> Problem {
        ProblemSlug.invalid.problem("The query parameter `\(name)` \(fault).")
    }

    /// 422 about one place of the body.
    ///
    /// - Parameters:
    ///   - pointer: where, as a JSON Pointer (RFC 6901).
    ///   - fault: what is wrong there.
    public static func bodyFault(_ pointer: String, _ fault: String) -> Problem {
        ProblemSlug.invalid.problem(errors: [FieldFault(pointer, fault)])
    }
}
