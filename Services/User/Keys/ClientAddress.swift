internal import HTTP
internal import Runtime

/// Finds out which address a request comes from, behind proxies that are known by theirs.
struct ClientAddress: Sendable {
    /// The most entries of `X-Forwarded-For` that are looked at.
    static let hopLimit = 16

    private let proxies: [Network]

    /// - Parameter proxies: addresses or networks, `10.0.0.0/8`.
    /// - Throws: `Expectation` for a text that is neither.
    init(proxies: [String]) throws(Expectation) {
        var networks: [Network] = []
        for text in proxies {
            guard let network = Network(text) else {
                throw Expectation("addresses or networks such as 127.0.0.1 or 10.0.0.0/8")
            }
            networks.append(network)
        }
        self.proxies = networks
    }

    /// The last address on the way that is not a proxy's; of IPv6 the network of 64 bits, since
    /// that much belongs to one subscriber.
    func of(_ request: HTTPRequest) -> String {
        var hops = request.headers.all("X-Forwarded-For").joined(separator: ",")
            .split(separator: ",").suffix(Self.hopLimit).map { $0.filter { $0 != " " } }
        var client = request.remoteAddress
        while let address = Network.bytes(client), proxies.contains(where: { $0.holds(address) }),
            let last = hops.popLast(), Network.bytes(last) != nil
        {
            client = last
        }
        guard let bytes = Network.bytes(client) else { return client }
        return Network.name(bytes.count == 16 ? Array(bytes.prefix(8)) : bytes)
    }
}

/// An address with a prefix length.
struct Network: Sendable {
    private let address: [UInt8]
    private let bits: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = Self.bytes(String(parts[0])) else {
            return nil
        }
        let most = address.count * 8
        guard let bits = parts.count == 2 ? Int(parts[1]) : most, (0...most).contains(bits) else {
            return nil
        }
        self.address = address
        self.bits = bits
    }

    func holds(_ other: [UInt8]) -> Bool {
        guard other.count == address.count else { return false }
        return (0..<bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return other[bit / 8] & mask == address[bit / 8] & mask
        }
    }

    static func name(_ bytes: [UInt8]) -> String { bytes.map(String.init).joined(separator: ".") }

    /// The 4 or 16 bytes of a literal address; nil for anything else.
    static func bytes(_ text: String) -> [UInt8]? {
        if text.contains(":") { return v6(text) }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { $0.count <= 3 ? UInt8($0) : nil }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func v6(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 39 else { return nil }
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        let groups = halves.map { half in
            half.isEmpty ? [] : half.split(separator: ":", omittingEmptySubsequences: false)
        }
        let words = groups.map { $0.compactMap { $0.count <= 4 ? UInt16($0, radix: 16) : nil } }
        guard zip(groups, words).allSatisfy({ $0.count == $1.count }) else { return nil }
        let count = words.reduce(0) { $0 + $1.count }
        switch words.count {
        case 1 where count == 8: return bytes(words[0])
        case 2 where count < 8:
            let middle = [UInt16](repeating: 0, count: 8 - count)
            return bytes(words[0] + middle + words[1])
        default: return nil
        }
    }

    private static func bytes(_ words: [UInt16]) -> [UInt8] {
        words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }
}
