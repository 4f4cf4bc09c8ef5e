internal import Glibc

/// An IP address, IPv4 written as in IPv6 (`::ffff:192.0.2.1`), so that there is one kind.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The first 64 bits.
    public let high: UInt64
    /// The last 64 bits.
    public let low: UInt64

    private static let mappedPrefix: UInt64 = 0xFFFF_0000_0000

    /// Of version 4.
    init(_ four: UInt32) {
        high = 0
        low = Self.mappedPrefix | UInt64(four)
    }

    /// Nil for anything but an address; a port behind it (`192.0.2.1:4711`, `[2001:db8::1]:4711`),
    /// as some proxies write it, is dropped.
    public init?(_ text: some StringProtocol) {
        var host = Substring(text)
        if host.utf8.first == UInt8(ascii: "[") {
            guard let end = host.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = host[host.utf8.index(after: host.startIndex)..<end]
        } else if let colon = host.utf8.firstIndex(of: UInt8(ascii: ":")),
            !host.utf8[host.utf8.index(after: colon)...].contains(UInt8(ascii: ":"))
        {
            host = host[..<colon]
        }
        guard host.utf8.count <= 45 else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, String(host), &four) == 1 {
            self.init(UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, String(host), &six) == 1 else { return nil }
        self.init(six)
    }

    init(_ six: in6_addr) {
        (high, low) = withUnsafeBytes(of: six) { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// Whether it is of version 4.
    public var isVersion4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The network that one client has: the address itself, or of IPv6 the upper 64 bits, which one
    /// customer of a provider has to himself (RFC 6177).
    public var network: UInt64 { isVersion4 ? low & 0xFFFF_FFFF : high }

    /// The same as text.
    public var networkName: String {
        isVersion4 ? description : "\(String(high, radix: 16))::/64"
    }

    /// As RFC 5952 writes it; of version 4 with dots.
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if isVersion4 {
            var four = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
            inet_ntop(AF_INET, &four, &text, socklen_t(text.count))
        } else {
            var six = in6_addr()
            withUnsafeMutableBytes(of: &six) { bytes in
                bytes.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
                bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            inet_ntop(AF_INET6, &six, &text, socklen_t(text.count))
        }
        return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}
