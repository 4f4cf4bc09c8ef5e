internal import Glibc

/// Looks the host names of a connection up before libpq would, which does it blocking.
enum HostResolver {
    /// Whether connecting with these values would look a name up.
    static func isNeeded(_ values: ConnectionString) -> Bool {
        values["hostaddr"] == nil && hosts(values).contains { !isLiteral($0) }
    }

    /// Adds the addresses; a name with several stands once for each. Blocks.
    static func resolve(_ values: ConnectionString) throws -> ConnectionString {
        var ports = (values["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
            .map(String.init)
        let hosts = hosts(values)
        if ports.isEmpty { ports = [""] }
        if ports.count == 1 { ports = Array(repeating: ports[0], count: hosts.count) }
        guard ports.count == hosts.count else {
            throw DatabaseError(
                .unreachable, "The URL of the database has not as many ports as hosts.")
        }
        var rows: [(host: String, address: String, port: String)] = []
        for (host, port) in zip(hosts, ports) {
            let addresses = isLiteral(host) ? [host.hasPrefix("/") ? "" : host] : lookup(host)
            for address in addresses { rows.append((host, address, port)) }
        }
        guard !rows.isEmpty else {
            throw DatabaseError(.unreachable, "The host of the database has no address.")
        }
        var resolved = values
        resolved["host"] = rows.map(\.host).joined(separator: ",")
        resolved["hostaddr"] = rows.map(\.address).joined(separator: ",")
        if values["port"] != nil { resolved["port"] = rows.map(\.port).joined(separator: ",") }
        return resolved
    }

    private static func hosts(_ values: ConnectionString) -> [String] {
        (values["host"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
            .map(String.init)
    }

    /// A path of a socket, nothing (the default socket), or a numeric address.
    private static func isLiteral(_ host: String) -> Bool {
        if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") { return true }
        var storage = in6_addr()
        return inet_pton(AF_INET, host, &storage) == 1 || inet_pton(AF_INET6, host, &storage) == 1
    }

    private static func lookup(_ host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let entry = next?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(
                entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0,
                NI_NUMERICHOST) == 0
            {
                let address = String(
                    decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if !addresses.contains(address) { addresses.append(address) }
            }
            next = entry.ai_next
        }
        return addresses
    }
}
