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
            let way = MiddlewareWay(self, request)
            do {
                if try way.isOpen() { way.take(try await handler(way.request)) }
            } catch {
                try way.answer(error)
            }
            way.complete()
            return way.response
        }
    }
}

/// One request's way in through middleware and out again. It belongs to the task of that request.
private final class MiddlewareWay {
    private let middleware: [any HTTPMiddleware]
    private(set) var request: HTTPRequest
    private(set) var response = HTTPResponse()
    private var fields = HTTPHeaders()
    /// How many have let the request through.
    private var passed = 0

    init(_ middleware: [any HTTPMiddleware], _ request: HTTPRequest) {
        self.middleware = middleware
        self.request = request
    }

    /// Goes in; false where the response is there without the handler.
    @inline(never)
    func isOpen() throws -> Bool {
        for one in middleware {
            if let early = try one.admit(&request, &fields) {
                response = early
                return false
            }
            passed += 1
        }
        return true
    }

    @inline(never)
    func take(_ response: HTTPResponse) { self.response = response }

    @inline(never)
    func answer(_ error: any Error) throws {
        guard let error = error as? any ProblemConvertible else { throw error }
        response = error.problem.response()
    }

    /// Goes out.
    @inline(never)
    func complete() {
        response.headers.append(fields)
        for one in middleware[..<passed].reversed() { one.complete(&response, to: request) }
    }
}
