public import EventTypes

extension Identifier {
    /// The identifier that always follows from `source` and `name`: a UUIDv8 (RFC 9562 §5.8) of the
    /// first bits of a SHA-256. A command that is repeated makes the same one again.
    ///
    /// - Parameters:
    ///   - source: what it follows from, such as another identifier.
    ///   - name: what it is of that; a different name gives a different identifier.
    public static func derived(from source: some CustomStringConvertible, _ name: String) -> Self {
        let text = Array(source.description.utf8)
        let length = withUnsafeBytes(of: UInt64(text.count).bigEndian) { Array($0) }
        let digest = Digest.sha256(length + text + Array(name.utf8))
        let high = digest[0..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let low = digest[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Self(
            high: high & ~0xF000 | 0x8000,
            low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }
}
