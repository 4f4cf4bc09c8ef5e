internal import EventStore
public import HTTP
internal import JSON

/// One route of a service with everything that is documented about it and checked for it.
public struct Route: Sendable {
    public let method: HTTPMethod
    /// `/api/v1/accounts/{id}`.
    public let pattern: String
    /// The operation's identifier in OpenAPI, unique in the service.
    public let id: String
    public let access: Access
    let tag: String
    let summary: String
    let description: String
    let parameters: [Parameter]
    let idempotency: IdempotencyRule
    let ifMatch: IfMatchRule
    let problems: [ProblemSlug]
    let waitsFor: [String]
    let isPaged: Bool
    let consumes: Content
    let produces: Content
    let success: HTTPStatus
    /// The most bytes of a body.
    let bodyLimit: Int
    let respond: @Sendable (Arrival) async throws -> Answer

    /// Whether a reader may ask for what stands at a position of the log.
    var waitsForPosition: Bool { method == .get && !waitsFor.isEmpty }

    /// The names in braces of the pattern, in order.
    var pathParameters: [String] {
        pattern.split(separator: "/").compactMap { part in
            guard part.first == "{", part.last == "}" else { return nil }
            let name = part.dropFirst().dropLast()
            return String(name.hasSuffix("...") ? name.dropLast(3) : name)
        }
    }
}

/// What a body is, for the document and for the check of its media type.
struct Content: Sendable {
    enum Kind: Sendable, Equatable {
        case none
        /// JSON, decoded and encoded by the pipeline.
        case json
        /// Anything else: the handler reads or writes it.
        case raw
    }

    let kind: Kind
    let mediaTypes: [String]
    let schema: @Sendable (inout [String: JSONValue]) -> JSONValue

    static let none = Content(kind: .none, mediaTypes: [], schema: { _ in .null })

    static func json<T: Decodable & Sendable>(
        _ type: T.Type, _ use: JSONSchema.Use, mediaTypes: [String]
    ) -> Content {
        if T.self == NoBody.self { return .none }
        return Content(
            kind: .json, mediaTypes: mediaTypes,
            schema: { JSONSchema.schema(of: type, use: use, components: &$0) })
    }

    static func raw(_ mediaTypes: [String]) -> Content {
        Content(
            kind: .raw, mediaTypes: mediaTypes, schema: { _ in ["type": "string"] })
    }
}

/// A request that has passed every check of its route but the decoding of its body.
final class Arrival: Sendable {
    let request: HTTPRequest
    let caller: Caller
    let parameters: QueryParameters
    let page: PageRequest
    let ifMatch: Int64?
    let command: CommandContext
    /// The collected body of a route with a JSON body; empty otherwise.
    let bytes: [UInt8]

    init(
        request: HTTPRequest, caller: Caller, parameters: QueryParameters, page: PageRequest,
        ifMatch: Int64?, command: CommandContext, bytes: [UInt8]
    ) {
        self.request = request
        self.caller = caller
        self.parameters = parameters
        self.page = page
        self.ifMatch = ifMatch
        self.command = command
        self.bytes = bytes
    }

    func call<Body>(with body: Body) -> Call<Body> {
        Call(
            body: body, request: request, caller: caller, parameters: parameters, page: page,
            ifMatch: ifMatch, command: command)
    }
}

/// What a route answered, before the pipeline completes it.
final class Answer: Sendable {
    let response: HTTPResponse
    let etag: Int64?
    let position: Int64?
    let isRepeat: Bool
    let nextCursor: String?

    init(
        _ response: HTTPResponse, etag: Int64? = nil, position: Int64? = nil,
        isRepeat: Bool = false, nextCursor: String? = nil
    ) {
        self.response = response
        self.etag = etag
        self.position = position
        self.isRepeat = isRepeat
        self.nextCursor = nextCursor
    }
}
