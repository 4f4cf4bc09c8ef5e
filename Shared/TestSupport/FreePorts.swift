internal import Glibc

/// Finds ports of 127.0.0.1 that nobody uses.
public enum FreePorts {
    /// The first of `count` ports in a row. Nothing holds them until they are used.
    public static func take(_ count: Int) throws -> Int {
        // Below the ports that the kernel gives to outgoing connections.
        for _ in 0..<1_000 {
            let first = Int.random(in: 12_000..<32_000)
            if (first..<(first + count)).allSatisfy(isFree) { return first }
        }
        throw NoFreePort()
    }

    private static func isFree(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private struct NoFreePort: Error {}
}
