/// Answers a request. It runs on the connection's event loop: it must not block, and CPU-heavy work
/// belongs into a `@concurrent` function. What it throws becomes a problem document when it is
/// `ProblemConvertible` (`Problem` itself is), a bare 500 otherwise.
public typealias HTTPHandler = @Sendable (HTTPRequest) async throws -> HTTPResponse

/// Something around a handler: it may answer itself, change the request, or change the response.
public protocol HTTPMiddleware: Sendable {
    func respond(to request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse
}

extension Sequence where Element == any HTTPMiddleware {
    /// The handler with these around it, the first outermost.
    public func around(_ handler: @escaping HTTPHandler) -> HTTPHandler {
        reversed().reduce(handler) { next, middleware in
            { request in try await middleware.respond(to: request, next: next) }
        }
    }
}
