public import EventTypes
public import HTTP
public import JSON
public import ServiceKit

/// On whose behalf a test calls.
public enum HarnessCaller: Sendable {
    /// Without a token.
    case none
    /// A person with the role that everybody has.
    case customer(UserID)
    /// A person with these properties.
    case person(Identity)
    /// A service, with a token for the one under test.
    case service(String)
    /// A token as it stands.
    case token(String)

    /// Somebody of support, finance or administration; always the same person.
    public static let support = staff(.support, 901)
    public static let finance = staff(.finance, 902)
    public static let admin = staff(.admin, 903)

    private static func staff(_ role: Role, _ number: UInt64) -> HarnessCaller {
        .person(
            Identity(
                userID: SequentialIdentifiers.identifier(number), roles: [.customer, role],
                sessionID: SequentialIdentifiers.identifier(number)))
    }
}

/// The `Idempotency-Key` of a call.
public enum HarnessKey: Sendable, ExpressibleByStringLiteral {
    /// A new one with each call that is not a GET.
    case fresh
    /// None.
    case none
    /// This text as it stands.
    case text(String)

    public init(stringLiteral value: String) { self = .text(value) }
}

/// What a call was answered.
public struct HarnessResponse: Sendable {
    public let status: HTTPStatus
    public let headers: HTTPHeaders
    public let bytes: [UInt8]

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The body; null when it is no JSON.
    public var json: JSONValue { (try? JSON.decode(JSONValue.self, from: bytes)) ?? .null }

    /// The body as a `T`.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        try JSON.decode(type, from: bytes)
    }

    /// The stable name of the problem that was answered; nil when it was none.
    public var problem: String? {
        guard headers["Content-Type"] == "application/problem+json",
            let type = json["type"]?.string, type.hasPrefix(Problem.typePrefix)
        else { return nil }
        return String(type.dropFirst(Problem.typePrefix.count))
    }

    /// The places in the body that the problem points at.
    public var faults: [String] {
        json["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? []
    }
}

extension ServiceHarness {
    /// Sends a request and waits until the projections have everything.
    ///
    /// - Parameters:
    ///   - path: with its query, as a client sends it.
    ///   - body: sent as JSON; none where it is nil.
    public func call(
        _ method: HTTPMethod, _ path: String, as caller: HarnessCaller = .none,
        body: JSONValue? = nil, headers: [String: String] = [:], key: HarnessKey = .fresh
    ) async throws -> HarnessResponse {
        try await call(
            method, path, as: caller, raw: try body.map { try JSON.encode($0) },
            type: "application/json", headers: headers, key: key)
    }

    /// Sends a request with a value as its JSON body.
    public func call(
        _ method: HTTPMethod, _ path: String, as caller: HarnessCaller = .none,
        sending body: some Encodable, headers: [String: String] = [:], key: HarnessKey = .fresh
    ) async throws -> HarnessResponse {
        try await call(
            method, path, as: caller, raw: try JSON.encode(body), type: "application/json",
            headers: headers, key: key)
    }

    /// Sends a request with a body as it stands.
    public func call(
        _ method: HTTPMethod, _ path: String, as caller: HarnessCaller = .none, raw: [UInt8]?,
        type: String = "application/json", headers: [String: String] = [:],
        key: HarnessKey = .fresh
    ) async throws -> HarnessResponse {
        var fields = HTTPHeaders()
        if raw != nil { fields.set("Content-Type", type) }
        if let token = try token(for: caller) { fields.set("Authorization", "Bearer \(token)") }
        switch key {
        case .fresh: if method != .get { fields.set("Idempotency-Key", nextKey()) }
        case .none: break
        case .text(let text): fields.set("Idempotency-Key", text)
        }
        for (name, value) in headers { fields.set(name, value) }
        let response = try await handler(
            HTTPRequest(
                method: method, target: path, headers: fields, body: HTTPBody(raw ?? [])))
        try checkBreaches()
        return HarnessResponse(
            status: response.status, headers: response.headers,
            bytes: try await response.collectBody(upTo: 16 << 20))
    }
}
