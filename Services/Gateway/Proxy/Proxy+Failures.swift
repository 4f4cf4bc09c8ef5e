internal import HTTP
internal import ServiceKit

/// What failures of a service mean: to a repeat, to the breaker, to the client.
extension Proxy {
    static func failure(of error: HTTPClientError) -> RetryRule.Failure {
        switch (error.code, error.progress) {
        case (.connect, .unsent), (.unresolved, .unsent), (.timedOut, .unsent): .unsent
        case (.connectionLost, .unanswered): .unanswered
        default: .other
        }
    }

    /// - Parameter isClientLimit: whether the client wanted to wait for less than is usual: then
    ///   having been too slow for it says nothing.
    static func outcome(
        of error: HTTPClientError, isClientLimit: Bool
    ) -> CircuitBreaker.Outcome {
        switch error.code {
        case .connect, .unresolved, .untrusted, .connectionLost: .unreachable
        case .timedOut: isClientLimit ? .unknown : .failure
        case .invalidResponse, .overloaded: .failure
        case .closed, .invalidURL, .invalidRequest: .unknown
        }
    }

    static func problem(of error: HTTPClientError, _ service: String) -> Problem {
        switch error.code {
        case .connect, .unresolved, .overloaded, .closed:
            .unavailable("The service \(service) cannot be reached.", retryAfter: 2)
        case .timedOut:
            ProblemSlug.gatewayTimeout.problem("The service \(service) did not answer in time.")
        case .connectionLost, .invalidResponse, .untrusted, .invalidURL, .invalidRequest:
            ProblemSlug.badGateway.problem("The service \(service) failed to answer.")
        }
    }

    static var otherProtocol: Problem {
        ProblemSlug.badGateway.problem("Answered with another protocol.")
    }

    static func turnedAway(_ response: HTTPClientResponse, _ service: String) -> Problem {
        var problem = Problem.unavailable("The service \(service) is busy or failing.")
        if let wait = response.headers["Retry-After"] { problem.headers.set("Retry-After", wait) }
        return problem
    }
}

extension ProblemSlug {
    static let badGateway = ProblemSlug(
        "bad-gateway", 502, "A part of the platform failed to answer")
    static let gatewayTimeout = ProblemSlug(
        "gateway-timeout", 504, "A part of the platform did not answer in time")
}
