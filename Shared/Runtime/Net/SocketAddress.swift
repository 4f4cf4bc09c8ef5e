internal import Glibc

/// An IPv4 or IPv6 address with a port.
public struct SocketAddress: Sendable, CustomStringConvertible {
    private var storage: sockaddr_storage
    private var length: socklen_t

    /// Reads a literal: `127.0.0.1`, `::1`; nil for anything else, names included.
    public init?(literal: String, port: Int) {
        guard (0...65_535).contains(port) else { return nil }
        storage = sockaddr_storage()
        let bigEndianPort = UInt16(port).bigEndian
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET, literal, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = bigEndianPort
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutableBytes(of: &storage) { target in
                withUnsafeBytes(of: &v4) { target.copyMemory(from: $0) }
            }
        } else if inet_pton(AF_INET6, literal, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = bigEndianPort
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            withUnsafeMutableBytes(of: &storage) { target in
                withUnsafeBytes(of: &v6) { target.copyMemory(from: $0) }
            }
        } else {
            return nil
        }
    }

    /// Whatever `fill` writes: the address of an accepted or bound socket.
    init?(filledBy fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Bool)
    {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isFilled = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { fill($0, &length) }
        }
        guard isFilled else { return nil }
        self.storage = storage
        self.length = length
    }

    /// Copies an address of the resolver's.
    init(copying address: UnsafePointer<sockaddr>, length: socklen_t) {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(
                from: UnsafeRawBufferPointer(
                    start: address, count: min(Int(length), $0.count)))
        }
        self.storage = storage
        self.length = length
    }

    var family: Int32 { Int32(storage.ss_family) }

    func withSockaddr<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// The address without its port as text; IPv4 in IPv6 form as plain IPv4.
    public var host: String { address?.description ?? "" }

    /// The address without its port; nil for anything but IPv4 and IPv6.
    public var address: IPAddress? {
        withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_INET:
                let four = bytes.loadUnaligned(as: sockaddr_in.self).sin_addr
                return IPAddress(UInt32(bigEndian: four.s_addr))
            case AF_INET6: return IPAddress(bytes.loadUnaligned(as: sockaddr_in6.self).sin6_addr)
            default: return nil
            }
        }
    }

    /// The network that one client has; zero for anything but IPv4 and IPv6.
    public var network: UInt64 { address?.network ?? 0 }

    public var port: Int {
        // The port is at the same place in both families.
        withUnsafeBytes(of: storage) {
            Int(UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
    }

    public var description: String {
        address?.isVersion4 == false ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
