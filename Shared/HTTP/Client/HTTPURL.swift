/// An absolute URL of `http`, `https`, `ws` or `wss`, split into where to connect and what to ask.
public struct HTTPURL: Equatable, Sendable {
    let origin: Origin
    /// Path and query, at least `/`.
    let target: String
    /// The field that names the origin, with its CR LF.
    let hostLine: [UInt8]

    /// Where connections go; those to equal origins are shared.
    struct Origin: Hashable, Sendable, CustomStringConvertible {
        let isSecure: Bool
        /// In lower case; IPv6 without brackets.
        let host: String
        let port: Int

        /// For the `Host` field: without the scheme's own port.
        var authority: String {
            let name = host.contains(":") ? "[\(host)]" : host
            return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
        }

        var description: String { "\(isSecure ? "https" : "http")://\(authority)" }
    }

    /// Nil for other schemes, user information, bad ports, and characters that do not belong into
    /// URLs. A fragment is dropped: it is not for the server.
    public init?(_ text: String) {
        var text = text
        guard let (origin, target) = text.withUTF8(Self.parse) else { return nil }
        self.origin = origin
        self.target = target
        hostLine = Array("Host: \(origin.authority)\r\n".utf8)
    }

    private init(_ base: HTTPURL, target: String) {
        origin = base.origin
        self.target = target
        hostLine = base.hostLine
    }

    /// The URL that goes on with a path and perhaps a query; nil when that does not begin with a
    /// slash or has characters that do not belong into URLs.
    public func appending(_ path: String) -> HTTPURL? {
        var path = path
        let isGood = path.withUTF8 { bytes in
            var found: UInt8 = 0
            for byte in bytes { found |= Self.isVisible(byte) ? 0 : 1 }
            return bytes.first == UInt8(ascii: "/") && found == 0
        }
        guard isGood else { return nil }
        return HTTPURL(self, target: target.utf8.count == 1 ? path : target + path)
    }

    private static func isVisible(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> (Origin, String)? {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let isSecure = isSecure(String(decoding: bytes[..<colon], as: UTF8.self))
        else { return nil }
        let slash = UInt8(ascii: "/")
        let start = colon + 3
        guard bytes.count >= start, bytes[colon + 1] == slash, bytes[colon + 2] == slash else {
            return nil
        }
        let rest = bytes[start...]
        let end =
            rest.firstIndex { $0 == slash || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
            ?? rest.endIndex
        guard let (host, port) = authority(UnsafeBufferPointer(rebasing: rest[..<end])) else {
            return nil
        }
        let visible = rest[end...].prefix { $0 != UInt8(ascii: "#") }
        guard visible.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let target = String(decoding: visible, as: UTF8.self)
        return (
            Origin(isSecure: isSecure, host: host, port: port ?? (isSecure ? 443 : 80)),
            visible.first == slash ? target : "/" + target
        )
    }

    private static func isSecure(_ scheme: String) -> Bool? {
        switch scheme.lowercased() {
        case "http", "ws": false
        case "https", "wss": true
        default: nil
        }
    }

    private static func authority(_ bytes: UnsafeBufferPointer<UInt8>) -> (String, Int?)? {
        guard RequestTarget.isAuthority(bytes) else { return nil }
        let isBracketed = bytes.first == UInt8(ascii: "[")
        let behind = isBracketed ? UInt8(ascii: "]") : UInt8(ascii: ":")
        let end = bytes.firstIndex(of: behind) ?? bytes.endIndex
        let name = bytes[(isBracketed ? 1 : 0)..<end]
        let host = String(decoding: name, as: UTF8.self).lowercased()
        let rest = bytes[(isBracketed ? end + 1 : end)...]
        // Nothing, or a colon and up to five digits.
        if rest.isEmpty { return (host, nil) }
        guard let port = Int(String(decoding: rest.dropFirst(), as: UTF8.self)),
            (1...65_535).contains(port)
        else { return nil }
        return (host, port)
    }
}
