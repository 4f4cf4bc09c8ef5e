/// An absolute URL of `http`, `https`, `ws` or `wss`, split into where to connect and what to ask.
struct HTTPURL: Equatable {
    let origin: Origin
    /// Path and query, at least `/`.
    let target: String

    /// Where connections go; those to equal origins are shared.
    struct Origin: Hashable, CustomStringConvertible {
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
    init?(_ text: String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let isSecure: Bool
        switch text[..<colon].lowercased() {
        case "http", "ws": isSecure = false
        case "https", "wss": isSecure = true
        default: return nil
        }
        var rest = text[text.index(after: colon)...]
        guard rest.hasPrefix("//") else { return nil }
        rest = rest.dropFirst(2)
        let end =
            rest.utf8.firstIndex {
                $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#")
            } ?? rest.endIndex
        guard let (host, port) = Self.authority(rest[..<end]) else { return nil }
        origin = Origin(isSecure: isSecure, host: host, port: port ?? (isSecure ? 443 : 80))
        let visible = rest[end...].utf8.prefix { $0 != UInt8(ascii: "#") }
        guard visible.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let text = Substring(visible)
        target = visible.first == UInt8(ascii: "/") ? String(text) : "/" + text
    }

    private static func authority(_ text: Substring) -> (String, Int?)? {
        var bytes = Array(text.utf8)
        guard bytes.withUnsafeMutableBufferPointer({ RequestTarget.isAuthority(.init($0)) }) else {
            return nil
        }
        let isBracketed = text.first == "["
        let hostEnd =
            isBracketed ? text.firstIndex(of: "]")! : text.firstIndex(of: ":") ?? text.endIndex
        let host = isBracketed ? text[..<hostEnd].dropFirst() : text[..<hostEnd]
        let rest = text[hostEnd...].drop { $0 == "]" }
        guard rest.first == ":" else { return (host.lowercased(), nil) }
        guard let port = Int(rest.dropFirst()), (1...65_535).contains(port) else { return nil }
        return (host.lowercased(), port)
    }
}
