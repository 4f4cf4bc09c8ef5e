internal import Crypto
internal import EventStore
internal import HTTP
internal import Synchronization

/// `Idempotency-Key` of draft-ietf-httpapi-idempotency-key-header-07.
enum IdempotencyHeader {
    /// The longest key that is taken, in bytes.
    static let maximumLength = 255

    /// Reads the key of a request: quoted as a string of Structured Fields (RFC 9651 §3.3.3), or
    /// bare as many clients send it; both mean the same key.
    ///
    /// - Throws: `Problem` 400 when it is required and missing, or is not a key.
    static func key(of request: HTTPRequest, for route: Route) throws -> String? {
        if route.idempotency == .none { return nil }
        let values = request.headers.all("Idempotency-Key")
        if values.isEmpty {
            if route.idempotency == .optional { return nil }
            throw ProblemSlug.missingIdempotencyKey.problem(
                "Send a new key with every new request, and the same key with every repeat of it.")
        }
        guard values.count == 1, let key = parse(values[0]) else {
            throw ProblemSlug.malformed.problem(
                "Idempotency-Key must be one text of 1 to \(maximumLength) visible ASCII characters."
            )
        }
        return key
    }

    static func parse(_ value: String) -> String? {
        var key: [UInt8] = []
        let bytes = Array(value.utf8)
        if bytes.first == UInt8(ascii: "\"") {
            guard bytes.count >= 2, bytes.last == UInt8(ascii: "\"") else { return nil }
            var isEscaped = false
            for byte in bytes[1..<bytes.count - 1] {
                if isEscaped {
                    guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                        return nil
                    }
                    key.append(byte)
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    return nil
                } else {
                    key.append(byte)
                }
            }
            if isEscaped { return nil }
        } else {
            key = bytes
        }
        guard (1...maximumLength).contains(key.count),
            key.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return String(decoding: key, as: UTF8.self)
    }

    /// What the store keeps the outcome under: the same key of another person or of another route
    /// is another key.
    static func storeKey(
        _ key: String, _ request: HTTPRequest, _ route: Route, _ caller: Caller, _ body: [UInt8]
    ) -> IdempotencyKey {
        IdempotencyKey(
            scope: "\(caller.idempotencyScope) \(route.id)", key: key,
            fingerprint: Digest.sha256(Array("\(request.method) \(request.target)\n".utf8) + body))
    }
}

extension Caller {
    /// Sessions of one person share their keys.
    fileprivate var idempotencyScope: String { actor }
}

/// The keys whose first request is still being handled by this process. Between processes the store
/// itself notices.
final class RequestsInProgress: Sendable {
    private struct Entry: Hashable {
        let scope: String
        let key: String
    }

    private let entries = Mutex<Set<Entry>>([])

    /// Runs `body` unless a request with the same key runs already.
    ///
    /// - Throws: `Problem` 409 in that case.
    func exclusively<R>(
        _ key: IdempotencyKey, _ body: () async throws -> R
    ) async throws -> R {
        let entry = Entry(scope: key.scope, key: key.key)
        guard entries.withLock({ $0.insert(entry).inserted }) else {
            throw ProblemSlug.requestInProgress.problem()
        }
        defer { entries.withLock { _ = $0.remove(entry) } }
        return try await body()
    }
}
