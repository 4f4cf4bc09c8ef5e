internal import Crypto
internal import EventTypes
internal import HTTP
internal import JSON

/// The provider's interface over HTTP.
struct SandboxAPI: Sendable {
    static let mostBodyBytes = 65_536
    static let defaultPageSize = 100
    static let largestPage = 1_000

    /// One operation: everything but the health checks needs the key.
    struct Operation: Sendable {
        let needsKey: Bool
        let respond: @Sendable (HTTPRequest) async throws -> HTTPResponse
    }

    private let store: SandboxStore
    private let apiKey: String
    private var router = Router<Operation>()

    init(store: SandboxStore, apiKey: String) {
        self.store = store
        self.apiKey = apiKey
        addPayments()
        addControls()
        addHealth()
    }

    /// Answers every request, its faults as problem documents.
    func respond(to request: HTTPRequest) async -> HTTPResponse {
        do {
            switch router.match(request.method, request.path) {
            case .found(let operation, let parameters):
                if operation.needsKey { try authenticate(request) }
                var request = request
                request.parameters = parameters
                return try await operation.respond(request)
            case .methodNotAllowed(let methods):
                var problem = Problem.bare(405)
                problem.headers.set("Allow", methods.map(\.rawValue).joined(separator: ", "))
                throw problem
            case .notFound: throw Problem.bare(404)
            }
        } catch let error as any ProblemConvertible {
            return error.problem.response()
        } catch {
            return Problem.bare(500).response()
        }
    }

    private func authenticate(_ request: HTTPRequest) throws {
        let sent = request.headers.all("Authorization")
        guard sent.count == 1,
            constantTimeEqual(Array(sent[0].utf8), Array("Bearer \(apiKey)".utf8))
        else {
            throw Problem(
                "unauthenticated", 401, "The key is missing or wrong",
                headers: ["WWW-Authenticate": "Bearer realm=\"sandbox\""])
        }
    }

    // MARK: Payments

    private mutating func addPayments() {
        for kind in PaymentKind.allCases {
            let path = "/v1/\(kind.rawValue)s"
            add(.post, path) { [store] request in
                try await Self.create(kind, request, store)
            }
            add(.get, path + "/{id}") { [store] request in
                let id = request.parameters["id"] ?? ""
                guard let payment = try await store.payment(id, kind) else {
                    throw Problem.bare(404)
                }
                return try .json(payment, status: .ok)
            }
        }
        add(.get, "/v1/payments") { [store] request in
            let query = request.query
            let limit = try Self.limit(query["limit"])
            let payments = try await store.payments(after: query["after"], limit: limit)
            return try .json(["payments": payments], status: .ok)
        }
        add(.get, "/v1/balances") { [store] _ in
            try .json(["balances": try await store.balances()], status: .ok)
        }
    }

    private struct Creation: Decodable {
        struct Metadata: Decodable {
            let behaviour: Behaviour?
        }

        let amount: Money
        let reference: String
        let destination: String?
        let metadata: Metadata?
    }

    private static func create(
        _ kind: PaymentKind, _ request: HTTPRequest, _ store: SandboxStore
    ) async throws -> HTTPResponse {
        let keys = request.headers.all("Idempotency-Key")
        guard keys.count == 1, (1...255).contains(keys[0].utf8.count) else {
            throw Problem("missing-idempotency-key", 400, "An Idempotency-Key is needed")
        }
        let body = try await request.body.collect(upTo: mostBodyBytes)
        let creation = try decode(Creation.self, body)
        let (payment, isRepeat) = try await store.create(
            SandboxBook.Request(
                kind: kind, amount: creation.amount, reference: creation.reference,
                destination: creation.destination, behaviour: creation.metadata?.behaviour,
                idempotencyKey: keys[0],
                fingerprint: Hex.encode(Digest.sha256(Array(kind.rawValue.utf8) + body))))
        var response = try HTTPResponse.json(payment, status: isRepeat ? 200 : 201)
        if isRepeat { response.headers.set("Idempotency-Replayed", "true") }
        return response
    }

    private static func limit(_ text: String?) throws -> Int {
        guard let text else { return defaultPageSize }
        guard let limit = Int(text), (1...largestPage).contains(limit) else {
            throw Problem("invalid-request", 422, "limit must be from 1 to \(largestPage)")
        }
        return limit
    }

    private static func decode<T: Decodable>(_ type: T.Type, _ body: [UInt8]) throws -> T {
        do {
            return try JSON.decode(type, from: body, limits: .request)
        } catch {
            throw Problem(
                "invalid-request", 422, "The request is wrong",
                errors: [Problem.FieldFault(error.pointer, error.message)])
        }
    }

    // MARK: Controls and health

    private struct BehaviourChange: Decodable {
        let kind: PaymentKind?
        let behaviour: Behaviour
    }

    private mutating func addControls() {
        add(.post, "/v1/behaviour") { [store] request in
            let body = try await request.body.collect(upTo: Self.mostBodyBytes)
            let change = try Self.decode(BehaviourChange.self, body)
            try await store.setBehaviour(change.behaviour, of: change.kind)
            return try .json(Self.behaviours(store), status: .ok)
        }
        add(.get, "/v1/behaviour") { [store] _ in try .json(Self.behaviours(store), status: .ok) }
    }

    private static func behaviours(_ store: SandboxStore) -> [String: Behaviour] {
        Dictionary(
            uniqueKeysWithValues: store.behaviours().map { ($0.key.rawValue, $0.value) })
    }

    private mutating func addHealth() {
        for path in ["/livez", "/readyz"] {
            router.add(
                .get, path, Operation(needsKey: false) { _ in .text("ok\n") })
        }
    }

    private mutating func add(
        _ method: HTTPMethod, _ path: String,
        _ respond: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) {
        router.add(method, path, Operation(needsKey: true, respond: respond))
    }
}

extension SandboxError: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .amountNotPositive: fault("/amount", "must be more than zero")
        case .destinationMissing: fault("/destination", "is missing")
        case .referenceMalformed:
            fault("/reference", "must have 1 to \(SandboxBook.longestReference) bytes")
        case .keyReused:
            Problem(
                "idempotency-key-reused", 409, "This Idempotency-Key was used for something else")
        case .refused(let reason):
            Problem("payment-refused", 402, "The payment is refused", detail: reason)
        case .unavailable:
            Problem(
                "unavailable", 503, "Not available right now", headers: ["Retry-After": "1"])
        }
    }

    private func fault(_ pointer: String, _ detail: String) -> Problem {
        Problem(
            "invalid-request", 422, "The request is wrong",
            errors: [Problem.FieldFault(pointer, detail)])
    }
}
