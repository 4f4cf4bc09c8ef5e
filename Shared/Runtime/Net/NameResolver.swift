internal import Glibc
internal import Synchronization

/// Finds the addresses of names with the system's resolver.
public enum NameResolver {
    /// Lookups at the same time; the resolver blocks a thread for each.
    public static let lookups = 8

    private static let running = Atomic<Int>(0)

    /// Calls `completion` once, on the loop and never within this call. Literal addresses need no
    /// lookup. More than `lookups` at once fail with code `exhausted`.
    public static func resolve(
        _ host: String, port: Int, on loop: EventLoop,
        completion: @escaping @Sendable (Result<[SocketAddress], NetworkError>) -> Void
    ) {
        if let literal = SocketAddress(literal: host, port: port) {
            return loop.submit { completion(.success([literal])) }
        }
        guard running.add(1, ordering: .relaxed).newValue <= lookups else {
            running.subtract(1, ordering: .relaxed)
            return loop.submit {
                completion(
                    .failure(
                        NetworkError(.exhausted, "resolve \(host)", reason: "too many lookups")))
            }
        }
        NamedThread.start("resolver") {
            let result = lookUp(host, port)
            running.subtract(1, ordering: .relaxed)
            loop.submit { completion(result) }
        }
    }

    private static func lookUp(
        _ host: String, _ port: Int
    ) -> Result<[SocketAddress], NetworkError> {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            return .failure(
                NetworkError(
                    .unresolved, "resolve \(host)", reason: String(cString: gai_strerror(code))))
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr {
                addresses.append(
                    SocketAddress(copying: address, length: entry.pointee.ai_addrlen))
            }
            next = entry.pointee.ai_next
        }
        return .success(addresses)
    }
}
