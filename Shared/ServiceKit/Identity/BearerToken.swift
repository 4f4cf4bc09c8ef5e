internal import Crypto
public import EventTypes
internal import Glibc
internal import HTTP
internal import JSON

/// Where a request carries its token.
enum BearerToken {
    /// The longest token that is looked at, in bytes.
    static let longest = 4_096
    /// What precedes a token that is offered as a subprotocol.
    private static let subprotocolPrefix = "bearer."

    /// The bearer token (RFC 6750 §2.1); nil when there is none at all.
    ///
    /// - Throws: `Problem` 401 when there is something else, or more than one.
    static func of(_ request: HTTPRequest) throws -> String? {
        let values = request.headers.all("Authorization")
        if values.isEmpty { return try offered(by: request) }
        guard values.count == 1, let token = Self.token(in: values[0]) else {
            throw Problem.unauthenticated("The Authorization header is not a bearer token.")
        }
        return token
    }

    /// What follows the scheme and one space. Bytes, not characters: tokens are long and come with
    /// every request.
    private static func token(in value: String) -> String? {
        var value = value
        return value.withUTF8 { bytes in
            token(in: bytes).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The same of the bytes themselves.
    static func token(in bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        let scheme: StaticString = "bearer "
        let length = scheme.utf8CodeUnitCount
        guard (1...longest).contains(bytes.count - length),
            bytes[length - 1] == UInt8(ascii: " ")
        else { return nil }
        for index in 0..<length where bytes[index] | 0x20 != scheme.utf8Start[index] { return nil }
        let token = UnsafeBufferPointer(rebasing: bytes[length...])
        return memchr(token.baseAddress!, 0x20, token.count) == nil ? token : nil
    }

    /// The token of a WebSocket's handshake by a browser, which can send no `Authorization` but
    /// offer subprotocols: `souk.v1, bearer.<token>`.
    private static func offered(by request: HTTPRequest) throws -> String? {
        guard request.method == .get,
            request.headers.list("Upgrade").contains(where: { $0.lowercased() == "websocket" })
        else { return nil }
        let tokens = request.headers.list("Sec-WebSocket-Protocol")
            .filter { $0.hasPrefix(subprotocolPrefix) }
            .map { $0.dropFirst(subprotocolPrefix.count) }
        guard let token = tokens.first else { return nil }
        guard tokens.count == 1, (1...longest).contains(token.utf8.count) else {
            throw Problem.unauthenticated("The subprotocols do not offer one bearer token.")
        }
        return String(token)
    }
}

extension Call {
    /// When the access token ends that the person came with, for what lasts longer than a request;
    /// nil without one.
    public var tokenExpiresAt: Timestamp? {
        // The token was verified before the handler was called.
        guard identity != nil, let token = try? BearerToken.of(request),
            let payload = token.split(separator: ".").dropFirst().first,
            let bytes = Base64URL.decode(payload),
            let claims = try? JSON.decode(AccessClaims.self, from: bytes)
        else { return nil }
        return Timestamp(seconds: claims.expiresAt)
    }
}
