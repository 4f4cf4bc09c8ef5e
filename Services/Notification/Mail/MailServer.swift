internal import Runtime

/// The mail server that messages are handed to, and how.
struct MailServer: Sendable, Hashable {
    /// What is done about STARTTLS on a connection that begins in the clear.
    enum StartTLS: String, Sendable, Hashable, CaseIterable {
        case required
        case ifOffered = "if-offered"
        case never
    }

    struct Login: Sendable, Hashable {
        let user: String
        let password: String
    }

    let host: String
    let port: Int
    /// Whether the connection begins with TLS.
    let isTLS: Bool
    let startTLS: StartTLS
    var login: Login?
    /// A file of certificates (PEM) that are trusted instead of the system's.
    var trustedFile: String?
    /// How long one attempt may take.
    var timeout: Duration = .seconds(60)

    var url: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(isTLS ? "smtps" : "smtp")://\(name):\(port)"
    }

    /// Whether it is on this very machine, where nobody listens in.
    var isLocal: Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// Reads `smtp://host:port` or `smtps://host:port`, with `?starttls=required|if-offered|never`.
    /// Without that, what leaves the machine must be encrypted.
    ///
    /// - Throws: `Expectation` in words for the operator.
    init(_ text: String) throws(Expectation) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let scheme = ["smtp", "smtps"].first(where: { parts[0].hasPrefix("\($0)://") }) else {
            throw Expectation("a URL that begins with smtp:// or smtps://")
        }
        isTLS = scheme == "smtps"
        var authority = parts[0].dropFirst(scheme.count + 3)
        if authority.hasSuffix("/") { authority.removeLast() }
        guard let (host, port) = Self.split(authority, standardPort: isTLS ? 465 : 587) else {
            throw Expectation("a URL of a host and perhaps a port, nothing else")
        }
        self.host = host
        self.port = port
        let isLocal = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        guard parts.count == 2 else {
            startTLS = isLocal ? .ifOffered : .required
            return
        }
        let query = parts[1].split(separator: "=", omittingEmptySubsequences: false)
        guard query.count == 2, query[0] == "starttls",
            let policy = StartTLS(rawValue: String(query[1]))
        else { throw Expectation("followed by ?starttls=required, if-offered or never") }
        startTLS = policy
    }

    private static func split(_ text: Substring, standardPort: Int) -> (String, Int)? {
        var host = text
        var rest = Substring()
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            rest = text[colon...]
        }
        let allowed = host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            case 0x3A: text.hasPrefix("[")
            default: false
            }
        }
        guard !host.isEmpty, host.utf8.count <= 253, allowed else { return nil }
        if rest.isEmpty { return (String(host), standardPort) }
        guard rest.first == ":", let port = Int(rest.dropFirst()), (1...65_535).contains(port)
        else { return nil }
        return (String(host), port)
    }
}
