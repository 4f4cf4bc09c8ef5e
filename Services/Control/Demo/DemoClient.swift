internal import HTTP
internal import JSON
internal import Runtime

/// Calls the gateway as the many people of a demonstration, each from an address of his own, and
/// does not give up while something is being restarted: the same request, with the same key, goes
/// out again.
struct DemoClient: Sendable {
    static let timeout: Duration = .seconds(15)
    static let bodyLimit = 16 << 20
    /// How often one request leads to signing in anew.
    static let renewals = 2

    let url: String
    let http: HTTPClient
    let loop: EventLoop
    /// The partner's key that lifts the limit of requests.
    let apiKey: String
    /// How many requests went out.
    let sent = RequestCount()
    private let limited = LimitNotice()

    /// A request as it is sent, again and again if need be.
    struct Request: Sendable {
        var method: HTTPMethod
        var path: String
        var body: [UInt8] = []
        var type = "application/json"
        /// Whose request it is; nil for nobody's.
        var session: DemoSession?
        /// The simulated address of the client.
        var address = "192.0.2.1"
        /// The `Idempotency-Key`.
        var key: String?
        /// Refusals that pass by themselves, once other services have heard of what happened.
        var passing: Set<Int> = []
        /// Refusals that are as good an answer as any.
        var accepted: Set<Int> = []
        /// Further fields of the header.
        var fields: [(name: String, value: String)] = []

        /// - Parameter session: who sends it, from an address of his own; nil for nobody.
        init(_ method: HTTPMethod, _ path: String, by session: DemoSession? = nil) {
            self.method = method
            self.path = path
            self.session = session
            if let session { address = session.address }
        }

        init(
            _ method: HTTPMethod, _ path: String, json: JSONValue, by session: DemoSession? = nil
        ) throws {
            self.init(method, path, by: session)
            body = try JSON.encode(json)
        }
    }

    /// - Throws: `DemoFailure`.
    func send(_ request: Request) async throws -> DemoAnswer {
        var patience = DemoPatience(now: .now)
        var renewals = 0
        while true {
            let (status, reason, told): (Int?, String, Duration?)
            switch try await once(request) {
            case .answer(let answer)
            where answer.status < 400 || request.accepted.contains(answer.status):
                return answer
            case .answer(let answer):
                let isPassing =
                    answer.status >= 500 || answer.status == 429
                    || request.passing.contains(answer.status)
                let isUnknown = answer.status == 401 && request.session != nil
                if isUnknown, renewals < Self.renewals, let session = request.session,
                    !session.isRenewing
                {
                    renewals += 1
                    try await session.renew(with: self)
                    continue
                }
                // A service may know no tokens for a while, as when its clock is wrong.
                (status, reason) = (answer.status, Self.reason(answer))
                guard isPassing || isUnknown else { throw failure(request, status, reason) }
                told = answer.status == 429 ? answer.retryAfter : nil
            case .silence(let why): (status, reason, told) = (nil, why, nil)
            }
            guard let pause = patience.next(told: told, now: .now) else {
                throw failure(request, status, reason)
            }
            if told != nil { limited.note() }
            try await loop.sleep(for: pause)
        }
    }

    /// Everything of a listing, page by page.
    func items(_ request: Request) async throws -> [JSONValue] {
        var request = request
        var items: [JSONValue] = []
        while true {
            let answer = try await send(request)
            items += answer.body["items"]?.array ?? []
            guard let next = answer.next else { return items }
            request.path = next
        }
    }

    private enum Outcome {
        case answer(DemoAnswer)
        case silence(String)
    }

    private func once(_ request: Request) async throws -> Outcome {
        var headers: HTTPHeaders = [
            "Accept": "application/json", "X-API-Key": apiKey, "X-Forwarded-For": request.address,
        ]
        if let token = request.session?.token { headers.set("Authorization", "Bearer \(token)") }
        if let key = request.key { headers.set("Idempotency-Key", "\"\(key)\"") }
        if !request.body.isEmpty { headers.set("Content-Type", request.type) }
        for field in request.fields { headers.set(field.name, field.value) }
        sent.add()
        do {
            let response = try await http.send(
                HTTPClientRequest(
                    request.method, url + request.path, headers: headers,
                    body: request.body.isEmpty ? .empty : .bytes(request.body),
                    timeout: Self.timeout))
            let bytes = try await response.body.collect(upTo: Self.bodyLimit)
            let body = (try? JSON.decode(JSONValue.self, from: bytes, limits: .document)) ?? .null
            return .answer(
                DemoAnswer(
                    status: response.status.code, headers: response.headers, body: body,
                    bytes: bytes))
        } catch let error as HTTPClientError where error.isRetriable {
            return .silence(error.description)
        } catch let error as HTTPBodyError {
            return .silence("\(error)")
        }
    }

    private func failure(_ request: Request, _ status: Int?, _ reason: String) -> DemoFailure {
        let path = request.path.prefix { $0 != "?" }
        return DemoFailure(
            call: "\(request.method) \(path)", status: status, reason: reason)
    }

    private static func reason(_ answer: DemoAnswer) -> String {
        let sentence = answer.body["detail"]?.string ?? answer.body["title"]?.string ?? "no reason"
        let faults = (answer.body["errors"]?.array ?? []).compactMap { fault -> String? in
            guard let text = fault["detail"]?.string ?? fault["message"]?.string else { return nil }
            return "\(fault["pointer"]?.string ?? "") \(text)"
        }
        return ([sentence] + faults).joined(separator: "; ")
    }
}
