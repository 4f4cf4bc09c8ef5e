/// A block of addresses in CIDR notation: `10.0.0.0/8`, `2001:db8::/32`, or one address.
public struct AddressRange: Hashable, Sendable {
    private let first: IPAddress
    private let highMask: UInt64
    private let lowMask: UInt64

    /// Nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        // A port would be no part of a range.
        guard parts.count <= 2, let address = IPAddress(parts[0]), !parts[0].contains("["),
            address.isVersion4 == !parts[0].contains(":")
        else { return nil }
        let offset = address.isVersion4 ? 96 : 0
        var bits = 128
        if parts.count == 2 {
            guard let length = Int(parts[1]), (0...(128 - offset)).contains(length) else {
                return nil
            }
            bits = offset + length
        }
        first = address
        highMask = Self.mask(bits)
        lowMask = Self.mask(bits - 64)
    }

    /// The mask of a word whose first `bits` bits count.
    private static func mask(_ bits: Int) -> UInt64 {
        bits <= 0 ? 0 : bits >= 64 ? .max : ~(.max >> UInt64(bits))
    }

    /// Whether it is one of them.
    public func contains(_ address: IPAddress) -> Bool {
        (address.high ^ first.high) & highMask == 0 && (address.low ^ first.low) & lowMask == 0
    }
}

extension ConfigurationKey where Value == [AddressRange] {
    /// Addresses and blocks of them between commas.
    public static func ranges(_ name: String, default text: [String], help: String) -> Self {
        Self(
            name, default: text.compactMap(AddressRange.init), help: help,
            show: { _ in text.joined(separator: ",") }
        ) { text in
            try text.split(separator: ",").map { part in
                guard let range = AddressRange(part.filter { $0 != " " }) else {
                    throw Expectation("addresses or blocks of them, such as 10.0.0.0/8,::1/128")
                }
                return range
            }
        }
    }
}
