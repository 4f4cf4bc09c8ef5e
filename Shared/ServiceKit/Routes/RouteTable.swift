public import HTTP
internal import JSON

/// The routes of a service: what serves them and what documents them is the same table.
///
/// ```swift
/// var routes = RouteTable(tag: "withdrawals")
/// routes.post(
///     "/api/v1/wallet/withdrawals", "Ask for a payout", id: "requestWithdrawal",
///     access: .signedIn, problems: [.insufficientFunds], waitsFor: ["withdrawals"]
/// ) { (call: Call<WithdrawalRequest>) -> Reply<WithdrawalView> in
///     let user = try call.user().userID
///     let committed = try await store.commit(call.command) { unit in … }
///     return .created(committed, location: "/api/v1/wallet/withdrawals/\(committed.result.id)")
/// }
/// ```
public struct RouteTable: Sendable {
    /// The most bytes of a JSON body, unless a route says otherwise.
    public static let defaultBodyLimit = 256 * 1_024

    public private(set) var routes: [Route] = []
    private let tag: String

    /// - Parameter tag: the heading that the routes stand under in the documentation.
    public init(tag: String) { self.tag = tag }

    /// Takes over the routes of another table, tags and all.
    public mutating func include(_ other: RouteTable) { routes += other.routes }

    /// Adds a route that reads.
    ///
    /// - Parameters:
    ///   - waitsFor: the projections it reads; a request with `min-position` waits for them.
    public mutating func get<Output: Codable & Sendable>(
        _ path: String, _ summary: String, id: String, access: Access,
        parameters: [Parameter] = [], problems: [ProblemSlug] = [], waitsFor: [String] = [],
        description: String = "",
        _ handler: @escaping @Sendable (Call<NoBody>) async throws -> Reply<Output>
    ) {
        add(
            .get, path, summary, id, access, parameters, .none, .none, problems, waitsFor, 0,
            description, nil, handler)
    }

    /// Adds a route that creates or does something. It needs an `Idempotency-Key` unless it says
    /// otherwise, and is documented to answer 201, or 204 without a body.
    ///
    /// - Parameters:
    ///   - idempotency: what it does with `Idempotency-Key`; hand `call.command` to the store,
    ///     which keeps the outcome.
    ///   - problems: the refusals of its own; those that every route may answer are documented
    ///     anyway.
    ///   - waitsFor: the projections that must show the change before the answer is sent.
    ///   - success: the status code that is documented.
    public mutating func post<Body: Decodable & Sendable, Output: Codable & Sendable>(
        _ path: String, _ summary: String, id: String, access: Access,
        parameters: [Parameter] = [], idempotency: IdempotencyRule = .required,
        ifMatch: IfMatchRule = .none, problems: [ProblemSlug] = [], waitsFor: [String] = [],
        bodyLimit: Int = RouteTable.defaultBodyLimit, description: String = "",
        success: HTTPStatus? = nil,
        _ handler: @escaping @Sendable (Call<Body>) async throws -> Reply<Output>
    ) {
        add(
            .post, path, summary, id, access, parameters, idempotency, ifMatch, problems, waitsFor,
            bodyLimit, description, success, handler)
    }

    /// Adds a route that replaces something.
    public mutating func put<Body: Decodable & Sendable, Output: Codable & Sendable>(
        _ path: String, _ summary: String, id: String, access: Access,
        parameters: [Parameter] = [], idempotency: IdempotencyRule = .none,
        ifMatch: IfMatchRule = .none, problems: [ProblemSlug] = [], waitsFor: [String] = [],
        bodyLimit: Int = RouteTable.defaultBodyLimit, description: String = "",
        success: HTTPStatus? = nil,
        _ handler: @escaping @Sendable (Call<Body>) async throws -> Reply<Output>
    ) {
        add(
            .put, path, summary, id, access, parameters, idempotency, ifMatch, problems, waitsFor,
            bodyLimit, description, success, handler)
    }

    /// Adds a route that changes parts of something (RFC 7396 where the body is a merge patch).
    public mutating func patch<Body: Decodable & Sendable, Output: Codable & Sendable>(
        _ path: String, _ summary: String, id: String, access: Access,
        parameters: [Parameter] = [], idempotency: IdempotencyRule = .none,
        ifMatch: IfMatchRule = .none, problems: [ProblemSlug] = [], waitsFor: [String] = [],
        bodyLimit: Int = RouteTable.defaultBodyLimit, description: String = "",
        success: HTTPStatus? = nil,
        _ handler: @escaping @Sendable (Call<Body>) async throws -> Reply<Output>
    ) {
        add(
            .patch, path, summary, id, access, parameters, idempotency, ifMatch, problems,
            waitsFor, bodyLimit, description, success, handler)
    }

    /// Adds a route that removes something.
    public mutating func delete<Body: Decodable & Sendable, Output: Codable & Sendable>(
        _ path: String, _ summary: String, id: String, access: Access,
        parameters: [Parameter] = [], idempotency: IdempotencyRule = .none,
        ifMatch: IfMatchRule = .none, problems: [ProblemSlug] = [], waitsFor: [String] = [],
        description: String = "", success: HTTPStatus? = nil,
        _ handler: @escaping @Sendable (Call<Body>) async throws -> Reply<Output>
    ) {
        add(
            .delete, path, summary, id, access, parameters, idempotency, ifMatch, problems,
            waitsFor, Self.defaultBodyLimit, description, success, handler)
    }

    /// Adds a route whose handler reads the body and writes the response itself (redirects, CSV,
    /// signed webhooks). Access, parameters and documentation work as for every other route.
    ///
    /// - Parameters:
    ///   - consumes: the media types of the body; none means that it is not looked at, `*/*` any.
    ///   - produces: the media types of the response.
    ///   - success: the status code that is documented.
    ///   - bodyLimit: said in the document; the handler reads with `collect(upTo:)`.
    public mutating func raw(
        _ method: HTTPMethod, _ path: String, _ summary: String, id: String, access: Access,
        parameters: [Parameter] = [], consumes: [String] = [], produces: [String] = [],
        success: HTTPStatus = 200, idempotency: IdempotencyRule = .none,
        problems: [ProblemSlug] = [], waitsFor: [String] = [],
        bodyLimit: Int = RouteTable.defaultBodyLimit, description: String = "",
        _ handler: @escaping @Sendable (Call<HTTPBody>) async throws -> HTTPResponse
    ) {
        routes.append(
            Route(
                method: method, pattern: path, id: id, access: access, tag: tag, summary: summary,
                description: description, parameters: parameters, idempotency: idempotency,
                ifMatch: .none, problems: problems, waitsFor: waitsFor, isPaged: false,
                consumes: consumes.isEmpty ? .none : .raw(consumes),
                produces: produces.isEmpty ? .none : .raw(produces), success: success,
                bodyLimit: bodyLimit,
                respond: { arrival in
                    Answer(try await handler(arrival.call(with: arrival.request.body)))
                }))
    }

    private mutating func add<Body: Decodable & Sendable, Output: Codable & Sendable>(
        _ method: HTTPMethod, _ path: String, _ summary: String, _ id: String, _ access: Access,
        _ parameters: [Parameter], _ idempotency: IdempotencyRule, _ ifMatch: IfMatchRule,
        _ problems: [ProblemSlug], _ waitsFor: [String], _ bodyLimit: Int, _ description: String,
        _ success: HTTPStatus?,
        _ handler: @escaping @Sendable (Call<Body>) async throws -> Reply<Output>
    ) {
        let isPaged = Output.self is any PagedOutput.Type
        let mediaTypes =
            method == .patch
            ? ["application/json", "application/merge-patch+json"] : ["application/json"]
        let usual: HTTPStatus = Output.self == NoBody.self ? 204 : method == .post ? 201 : 200
        routes.append(
            Route(
                method: method, pattern: path, id: id, access: access, tag: tag, summary: summary,
                description: description, parameters: parameters + (isPaged ? Self.paging : []),
                idempotency: idempotency, ifMatch: ifMatch, problems: problems,
                waitsFor: waitsFor, isPaged: isPaged,
                consumes: .json(Body.self, .read, mediaTypes: mediaTypes),
                produces: .json(Output.self, .written, mediaTypes: ["application/json"]),
                success: success ?? usual, bodyLimit: bodyLimit,
                respond: { arrival in
                    let body = try RequestBody.decode(Body.self, from: arrival.bytes)
                    return try Answer(await handler(arrival.call(with: body)), isPaged: isPaged)
                }))
    }

    /// What every route that answers a `Page` takes.
    private static let paging: [Parameter] = [
        .query(
            "limit", in: 1...PageRequest.maximumLimit, "The most items to answer; 20 by default."),
        .query("cursor", String.self, "Where to go on: `next` of the page before."),
    ]
}

extension Answer {
    /// - Parameter isPaged: whether the output is a page. To ask the value takes longer than to
    ///   encode most.
    convenience init<Output>(_ reply: Reply<Output>, isPaged: Bool) throws {
        var response: HTTPResponse
        if let output = reply.output, Output.self != NoBody.self {
            response = try HTTPResponse.json(output, status: reply.status)
        } else {
            response = HTTPResponse(reply.status)
        }
        for (name, value) in reply.headers { response.headers.set(name, value) }
        self.init(
            response, etag: reply.etag, position: reply.position, isRepeat: reply.isRepeat,
            nextCursor: isPaged ? (reply.output as? any PagedOutput)?.next : nil)
    }
}
