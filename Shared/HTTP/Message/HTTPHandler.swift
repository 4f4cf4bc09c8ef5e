/// Answers a request. It runs on the connection's event loop: it must not block, and CPU-heavy work
/// belongs into a `@concurrent` function. What it throws becomes a problem document when it is
/// `ProblemConvertible` (`Problem` itself is), a bare 500 otherwise.
public typealias HTTPHandler = @Sendable (HTTPRequest) async throws -> HTTPResponse

/// Something around a handler: it looks at requests before it and at responses after it, without
/// ever waiting for anything.
public protocol HTTPMiddleware: Sendable {
    /// Looks at a request on its way in; what it changes is what those further in and the handler
    /// get.
    ///
    /// - Parameter fields: of the response, whatever it will be; what is added goes along.
    /// - Returns: the response where the handler is not to be asked; otherwise nil.
    /// - Throws: as a handler.
    func admit(
        _ request: inout HTTPRequest, _ fields: inout HTTPHeaders
    ) throws -> HTTPResponse?

    /// Looks at a response on its way out, unless it was given, or the request refused, by this one
    /// or further out.
    func complete(_ response: inout HTTPResponse, to request: HTTPRequest)
}

extension HTTPMiddleware {
    public func admit(
        _ request: inout HTTPRequest, _ fields: inout HTTPHeaders
    ) throws -> HTTPResponse? { nil }

    public func complete(_ response: inout HTTPResponse, to request: HTTPRequest) {}
}

extension Array where Element == any HTTPMiddleware {
    /// The handler with these around it, the first outermost. Problems that are thrown within
    /// become responses, which those further out look at as at any other.
    public func around(_ handler: @escaping HTTPHandler) -> HTTPHandler {
        if isEmpty { return handler }
        return { request in
            var request = request
            var fields = HTTPHeaders()
            var passed = 0
            var response: HTTPResponse
            do {
                if let early = try admit(&request, &fields, &passed) {
                    response = early
                } else {
                    response = try await handler(request)
                }
            } catch let error as any ProblemConvertible {
                response = error.problem.response()
            }
            response.headers.append(fields)
            for index in (0..<passed).reversed() { self[index].complete(&response, to: request) }
            return response
        }
    }

    /// - Parameter passed: how many have let the request through.
    private func admit(
        _ request: inout HTTPRequest, _ fields: inout HTTPHeaders, _ passed: inout Int
    ) throws -> HTTPResponse? {
        for middleware in self {
            if let response = try middleware.admit(&request, &fields) { return response }
            passed += 1
        }
        return nil
    }
}
