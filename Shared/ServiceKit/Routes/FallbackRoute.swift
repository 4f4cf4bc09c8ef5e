public import EventTypes
public import HTTP

/// Where a path leads that no route of the table has: for services that stand in front of others
/// and learn their routes while they run. Identifiers, trace, problems, log and metrics are the
/// same as for every other route.
public struct FallbackRoute: Sendable {
    /// What the request counts as in metrics and traces: one of few, never the path itself.
    public let pattern: String
    let respond: @Sendable (FallbackCall) async throws -> FallbackAnswer

    public init(
        _ pattern: String,
        _ respond: @escaping @Sendable (FallbackCall) async throws -> FallbackAnswer
    ) {
        self.pattern = pattern
        self.respond = respond
    }
}

/// A request on such a route; nothing of it has been checked.
public struct FallbackCall: Sendable {
    public let request: HTTPRequest
    public let correlationID: CorrelationID
    let authenticator: Authenticator

    /// Who sent the request, by the rules of `access`.
    ///
    /// - Throws: `Problem` 401 without a valid token where one is needed, 403 when the caller may
    ///   not, 503 when tokens cannot be verified.
    public func caller(for access: Access) async throws -> Caller {
        try await caller(of: request, for: access)
    }

    /// The same where nothing has to be waited for or verified anew, and the caller may: most
    /// requests; nil for the others.
    public func knownCaller(for access: Access) -> Caller? {
        authenticator.known(request, for: access)
    }

    /// Who sent a request that was made from this one, by the rules of `access`.
    ///
    /// - Throws: as `caller(for:)`.
    public func caller(of request: HTTPRequest, for access: Access) async throws -> Caller {
        try await authenticator.caller(of: request, for: access)
    }
}

/// What such a route answered, and whom. An object, so that those who wait for it hold little.
public final class FallbackAnswer: Sendable {
    public let response: HTTPResponse
    public let caller: Caller

    public init(_ response: HTTPResponse, to caller: Caller = .anonymous) {
        self.response = response
        self.caller = caller
    }
}
