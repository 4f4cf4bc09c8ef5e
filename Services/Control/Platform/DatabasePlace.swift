/// Host, port and name of a database: what of its URL is no secret.
struct DatabasePlace: Sendable, Equatable, CustomStringConvertible {
    /// With the port where there is one.
    let authority: String
    let database: String

    init(authority: String, database: String) {
        self.authority = authority
        self.database = database
    }

    /// Of a URL with user and password; nil for other forms of a connection string.
    init?(_ url: String) {
        guard let scheme = url.firstRange(of: "://"),
            ["postgresql", "postgres"].contains(url[..<scheme.lowerBound])
        else { return nil }
        let rest = url[scheme.upperBound...].prefix { $0 != "?" }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty,
            let host = parts[0].split(separator: "@", omittingEmptySubsequences: false).last,
            !host.isEmpty
        else { return nil }
        self.init(authority: String(host), database: String(parts[1]))
    }

    var description: String { "\(authority)/\(database)" }
}
