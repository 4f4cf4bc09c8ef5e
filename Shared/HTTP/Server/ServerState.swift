internal import Runtime
internal import Synchronization

/// What the loops of one server share.
final class ServerState: Sendable {
    let limits: HTTPLimits
    let handler: HTTPHandler
    let logger: Logger
    let tls: TLSContext?
    let connections = Atomic<Int>(0)
    let requestsInFlight = Atomic<Int>(0)
    let handled = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    let overloaded = Atomic<Int>(0)
    let isShuttingDown = Atomic<Bool>(false)

    init(limits: HTTPLimits, logger: Logger, tls: TLSContext?, handler: @escaping HTTPHandler) {
        self.limits = limits
        self.logger = logger
        self.tls = tls
        self.handler = handler
    }

    /// The problem of a server that has too much to do.
    var overload: Problem {
        let seconds = max(1, limits.retryAfter.components.seconds)
        return Problem(
            "overloaded", .serviceUnavailable, "The server is busy",
            detail: "Too much is going on at the moment; try again later.",
            headers: ["Retry-After": "\(seconds)"])
    }

    /// What is answered where the handler throws.
    @inline(never)
    func response(to error: any Error, _ request: HTTPRequest) -> HTTPResponse {
        switch error {
        case let error as any ProblemConvertible: return error.problem.response()
        // The client is gone, or the time is over and has been answered for.
        case is CancellationError: return Problem.bare(.serviceUnavailable).response()
        default:
            logger.error(
                "request failed",
                [
                    "request": request.id, "method": request.method, "path": request.path,
                    "error": "\(error)",
                ])
            return Problem.bare(.internalServerError).response()
        }
    }

    /// What is answered in place of a response that cannot be sent.
    @inline(never)
    func replacement(_ response: HTTPResponse, _ request: HTTPRequest) -> HTTPResponse {
        logger.error(
            "response has a field that cannot be sent",
            [
                "request": request.id, "path": request.path,
                "field": response.headers.refused ?? "",
            ])
        return Problem.bare(.internalServerError).response()
    }
}
