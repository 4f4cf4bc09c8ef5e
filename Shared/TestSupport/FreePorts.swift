internal import Glibc

/// Finds ports of 127.0.0.1 that nobody uses.
public enum FreePorts {
    /// The first of `count` ports in a row. No other process that asks here gets them as long as
    /// this one lives.
    public static func take(_ count: Int) throws -> Int {
        // Below the ports that the kernel gives to outgoing connections.
        for _ in 0..<1_000 {
            let first = Int.random(in: 12_000..<32_000)
            if (first..<(first + count)).allSatisfy({ reserve($0) && isFree($0) }) { return first }
        }
        throw NoFreePort()
    }

    /// Whether nobody has asked for the port; a name in the abstract namespace, which the kernel
    /// forgets with the process, says so to the others.
    private static func reserve(_ port: Int) -> Bool {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let socket = socket(AF_UNIX, kind, 0)
        guard socket >= 0 else { return false }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = "\0souk-test-port-\(port)".utf8
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let isOurs = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) == 0 }
        }
        if !isOurs { close(socket) }
        return isOurs
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
