public import EventTypes
internal import Glibc

/// The headers of a record, in order, in one buffer: a topic that is replayed has millions of them.
public struct BusHeaders: Sendable, Equatable {
    /// For each: the bytes of its name in 2, those of its value in 4 (lowest first), then both.
    private var bytes: [UInt8] = []
    /// How many there are.
    public private(set) var count = 0
    private static let lengthBytes = 6

    /// None.
    public init() {}

    /// Names and values; names may repeat.
    public init(_ fields: [(String, [UInt8])]) {
        for (name, value) in fields { append(name, value) }
    }

    /// Whether there are none.
    public var isEmpty: Bool { count == 0 }
    /// The bytes of all names and values.
    public var size: Int { bytes.count - count * Self.lengthBytes }

    /// Makes room for headers of so many bytes of names and values together.
    public mutating func reserveCapacity(_ fields: Int, bytes size: Int) {
        bytes.reserveCapacity(fields * Self.lengthBytes + size)
    }

    // MARK: Writing

    /// Adds a header behind the others.
    public mutating func append(_ name: String, _ value: [UInt8]) {
        var name = name
        name.withUTF8 { name in
            value.withUnsafeBytes { append(UnsafeRawBufferPointer(name), $0) }
        }
    }

    /// Adds a header whose value is text.
    public mutating func append(_ name: StaticString, _ value: String) {
        var value = value
        value.withUTF8 { value in
            append(Self.bytes(of: name), UnsafeRawBufferPointer(value))
        }
    }

    /// Adds a header whose value is a number in decimal digits.
    public mutating func append(_ name: StaticString, _ value: Int64) {
        append(name, upTo: 20) { place in
            var (rest, at) = (value.magnitude, 20)
            repeat {
                at -= 1
                place[at] = UInt8(truncatingIfNeeded: 48 + rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                at -= 1
                place[at] = UInt8(ascii: "-")
            }
            return at..<20
        }
    }

    /// Adds a header whose value is an identifier as text.
    public mutating func append<Entity>(_ name: StaticString, _ value: Identifier<Entity>) {
        append(name, upTo: 36) { 0..<value.write(to: $0) }
    }

    /// Adds a header whose value is a time as text.
    public mutating func append(_ name: StaticString, _ value: Timestamp) {
        append(name, upTo: Timestamp.longestCount) { 0..<value.write(to: $0) }
    }

    /// Adds a header with the value that `write` leaves somewhere in a place of so many bytes.
    private mutating func append(
        _ name: StaticString, upTo limit: Int,
        _ write: (UnsafeMutableRawBufferPointer) -> Range<Int>
    ) {
        withUnsafeTemporaryAllocation(byteCount: limit, alignment: 1) { place in
            let value = UnsafeRawBufferPointer(rebasing: place[write(place)])
            append(Self.bytes(of: name), value)
        }
    }

    mutating func append(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        precondition(name.count <= Int(UInt16.max), "the name of a header has at most 65,535 bytes")
        // The two lengths in one.
        var lengths = UInt64(name.count) | UInt64(value.count) << 16
        lengths = lengths.littleEndian
        withUnsafeBytes(of: lengths) {
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<Self.lengthBytes]))
        }
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: value)
        count += 1
    }

    private static func bytes(of text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    // MARK: Reading

    /// One header while it is looked at; do not keep it.
    public struct Field {
        let name: UnsafeRawBufferPointer
        /// Valid during the call.
        public let value: UnsafeRawBufferPointer

        /// Whether it has this name.
        public func isNamed(_ wanted: StaticString) -> Bool {
            let count = wanted.utf8CodeUnitCount
            guard let start = name.baseAddress, name.count == count else { return false }
            return memcmp(start, wanted.utf8Start, count) == 0
        }
    }

    /// Calls `body` with each header in order.
    public func forEach(_ body: (Field) throws -> Void) rethrows {
        try bytes.withUnsafeBytes { buffer in
            var at = 0
            for _ in 0..<count {
                let nameCount = Int(
                    UInt16(littleEndian: buffer.loadUnaligned(fromByteOffset: at, as: UInt16.self)))
                let size = Int(
                    UInt32(
                        littleEndian: buffer.loadUnaligned(
                            fromByteOffset: at + 2, as: UInt32.self)))
                let start = at + Self.lengthBytes
                let middle = start + nameCount
                try body(
                    Field(
                        name: UnsafeRawBufferPointer(rebasing: buffer[start..<middle]),
                        value: UnsafeRawBufferPointer(rebasing: buffer[middle..<middle + size])))
                at = middle + size
            }
        }
    }

    /// Names and values, each by itself.
    public var fields: [(name: String, value: [UInt8])] {
        var fields: [(name: String, value: [UInt8])] = []
        fields.reserveCapacity(count)
        forEach { field in
            fields.append((String(decoding: field.name, as: UTF8.self), Array(field.value)))
        }
        return fields
    }
}
