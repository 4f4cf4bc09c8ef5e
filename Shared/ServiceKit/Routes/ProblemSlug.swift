public import HTTP

/// A kind of problem: what a route documents and what it throws are the same value.
///
/// ```swift
/// extension ProblemSlug {
///     static let insufficientFunds = ProblemSlug("insufficient-funds", 409, "Not enough money")
/// }
/// routes.post("/api/v1/…", …, problems: [.insufficientFunds]) { call in
///     throw ProblemSlug.insufficientFunds.problem("The account holds 3.10 EUR.")
/// }
/// ```
public struct ProblemSlug: Sendable, Hashable {
    /// The stable end of the problem's `type`, in lower case with hyphens.
    public let slug: String
    /// The status code that it is answered with.
    public let status: HTTPStatus
    /// The same short sentence every time.
    public let title: String

    public init(_ slug: String, _ status: HTTPStatus, _ title: String) {
        self.slug = slug
        self.status = status
        self.title = title
    }

    /// The problem of this occurrence.
    ///
    /// - Parameters:
    ///   - detail: what happened this time, for people.
    ///   - errors: the parts of the request at fault.
    public func problem(_ detail: String? = nil, errors: [Problem.FieldFault] = []) -> Problem {
        Problem(slug, status, title, detail: detail, errors: errors)
    }
}

extension ProblemSlug {
    public static let malformed = ProblemSlug(
        "malformed-request", 400, "The request could not be read")
    public static let missingIdempotencyKey = ProblemSlug(
        "missing-idempotency-key", 400, "This operation needs an Idempotency-Key")
    public static let unauthenticated = ProblemSlug(
        "unauthenticated", 401, "A valid access token is needed")
    public static let forbidden = ProblemSlug("forbidden", 403, "This is not yours to do")
    public static let notFound = ProblemSlug("not-found", 404, "There is nothing here")
    public static let methodNotAllowed = ProblemSlug(
        "method-not-allowed", 405, "This cannot be done here")
    public static let conflict = ProblemSlug(
        "conflict", 409, "Something else changed it at the same time")
    public static let alreadyTaken = ProblemSlug("already-taken", 409, "Somebody else has this")
    public static let requestInProgress = ProblemSlug(
        "request-in-progress", 409, "A request with this Idempotency-Key is being handled")
    public static let staleVersion = ProblemSlug(
        "stale-version", 412, "It has changed since you read it")
    public static let bodyTooLarge = ProblemSlug("content-too-large", 413, "The body is too large")
    public static let unsupportedMediaType = ProblemSlug(
        "unsupported-media-type", 415, "The body is in a form that is not understood")
    public static let invalid = ProblemSlug(
        "invalid-request", 422, "The request is well-formed but wrong")
    public static let idempotencyKeyReused = ProblemSlug(
        "idempotency-key-reused", 422, "This Idempotency-Key was used for another request")
    public static let preconditionRequired = ProblemSlug(
        "precondition-required", 428, "This change needs an If-Match header")
    public static let tooManyRequests = ProblemSlug(
        "too-many-requests", 429, "Too many requests")
    public static let unexpected = ProblemSlug(
        "unexpected", 500, "Something went wrong on our side")
    public static let unavailable = ProblemSlug(
        "unavailable", 503, "Not available right now; try again later")
    public static let notYetCurrent = ProblemSlug(
        "not-yet-current", 503, "The data that was asked for has not arrived here yet")
}
