internal import HTTP
internal import Synchronization

@testable internal import SandboxService

/// The line to the sandbox, which a test can cut.
final class ProviderLine: Sendable {
    enum State: Sendable {
        case up
        /// Nothing gets through.
        case down
        /// What is asked arrives; the answer does not.
        case answersAreLost
    }

    private let current = Mutex(State.up)
    private let count = Mutex(0)
    private let api: SandboxAPI

    init(_ api: SandboxAPI) { self.api = api }

    var state: State {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// How many requests were sent.
    var requests: Int { count.withLock { $0 } }

    func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        count.withLock { $0 += 1 }
        let state = state
        if case .down = state { throw lost }
        var body: [UInt8] = []
        if case .bytes(let bytes) = request.body { body = bytes }
        let path = request.url.split(separator: "/", maxSplits: 2).last.map { "/\($0)" } ?? "/"
        let response = await api.respond(
            to: HTTPRequest(
                method: request.method, target: path, headers: request.headers,
                body: HTTPBody(body)))
        if case .answersAreLost = state { throw lost }
        return HTTPClientResponse(
            response.status, headers: response.headers,
            body: HTTPBody(try await response.collectBody(upTo: 1 << 20)))
    }

    private var lost: HTTPClientError {
        HTTPClientError(.connectionLost, origin: "http://sandbox", reason: "the line is cut")
    }
}
