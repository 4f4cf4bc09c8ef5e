public import EventTypes

/// A value that a statement can bind.
///
/// Integers, booleans, numbers, bytes, times and identifiers are sent with their type. Text is sent
/// without one, so that the server reads it as what the place wants (`jsonb`, an enumeration, …);
/// where nothing tells, cast it: `\(name)::text`.
public protocol SQLEncodable {
    /// The type that a nil of this kind has.
    static var sqlType: SQLType { get }
    /// Writes exactly one value.
    func encode(to encoder: inout SQLEncoder)
}

/// A value that may stand in an array parameter: `where id = any(\(ids))`, `unnest(\(names))`.
/// Arrays are sent with their type: `text[]` for strings.
public protocol SQLArrayElement {
    static var sqlArrayType: SQLType { get }
    static var sqlElementType: SQLType { get }
    /// Writes the binary form of one element; returns false for NULL.
    func encodeElement(to bytes: inout [UInt8]) -> Bool
    /// Writes a whole array; only bytes do it in their own way, as `bytea`.
    static func encodeArray(_ array: [Self], to encoder: inout SQLEncoder)
}

extension SQLArrayElement {
    public static func encodeArray(_ array: [Self], to encoder: inout SQLEncoder) {
        encoder.array(array)
    }
}

/// Writes values in the form of the protocol.
public struct SQLEncoder {
    var parameters: SQLParameters

    init(_ parameters: SQLParameters) { self.parameters = parameters }

    /// Writes NULL, typed so that the statement can be planned.
    public mutating func null(_ type: SQLType) {
        parameters.entries.append(
            .init(type: type, offset: parameters.bytes.count, length: nil, isBinary: false))
    }

    /// Writes a `boolean`.
    public mutating func bool(_ value: Bool) {
        binary(.bool) { $0.append(value ? 1 : 0) }
    }

    /// Writes a `bigint`.
    public mutating func int64(_ value: Int64) { binary(.int8) { $0.append(bigEndian: value) } }
    /// Writes an `integer`.
    public mutating func int32(_ value: Int32) { binary(.int4) { $0.append(bigEndian: value) } }
    /// Writes a `smallint`.
    public mutating func int16(_ value: Int16) { binary(.int2) { $0.append(bigEndian: value) } }

    /// Writes a `double precision`.
    public mutating func double(_ value: Double) {
        binary(.float8) { $0.append(bigEndian: value.bitPattern) }
    }

    /// Writes a `bytea`.
    public mutating func bytes(_ value: [UInt8]) { binary(.bytea) { $0 += value } }

    /// Writes a `timestamptz`, exact to the microsecond.
    public mutating func timestamp(_ value: Timestamp) {
        binary(.timestamptz) { $0.append(bigEndian: value.sinceMillennium) }
    }

    /// Writes a `uuid`.
    public mutating func uuid(high: UInt64, low: UInt64) {
        binary(.uuid) {
            $0.append(bigEndian: high)
            $0.append(bigEndian: low)
        }
    }

    /// Text, as the type that `type` names or that the server infers. PostgreSQL keeps no NUL in
    /// text: such a statement throws `DatabaseError` with `.invalidParameter` when it is sent.
    public mutating func text(_ value: String, as type: SQLType = .inferred) {
        let offset = parameters.bytes.count
        parameters.bytes.append(contentsOf: value.utf8)
        let length = parameters.bytes.count - offset
        if parameters.bytes[offset...].contains(0) {
            parameters.fault = "A text value has a NUL in it, which PostgreSQL cannot keep."
        }
        parameters.bytes.append(0)
        parameters.entries.append(
            .init(type: type, offset: offset, length: length, isBinary: false))
    }

    mutating func array<Element: SQLArrayElement>(_ array: [Element]) {
        binary(Element.sqlArrayType) { bytes in
            bytes.append(bigEndian: Int32(array.isEmpty ? 0 : 1))
            let flags = bytes.count
            bytes.append(bigEndian: Int32(0))
            bytes.append(bigEndian: Element.sqlElementType.rawValue)
            if array.isEmpty { return }
            bytes.append(bigEndian: Int32(array.count))
            bytes.append(bigEndian: Int32(1))
            for element in array {
                let start = bytes.count
                bytes.append(bigEndian: Int32(-1))
                if element.encodeElement(to: &bytes) {
                    bytes.overwrite(at: start, bigEndian: Int32(bytes.count - start - 4))
                } else {
                    bytes[flags + 3] = 1
                }
            }
        }
        let isText = Element.sqlElementType == .text
        if isText, let entry = parameters.entries.last, let length = entry.length,
            SQLParameters.hasNUL(inTextArray: parameters.bytes[entry.offset...].prefix(length))
        {
            parameters.fault = "A text value has a NUL in it, which PostgreSQL cannot keep."
        }
    }

    private mutating func binary(_ type: SQLType, _ write: (inout [UInt8]) -> Void) {
        let offset = parameters.bytes.count
        write(&parameters.bytes)
        parameters.entries.append(
            .init(
                type: type, offset: offset, length: parameters.bytes.count - offset, isBinary: true)
        )
    }
}

extension SQLParameters {
    /// Walks the elements of a binary `text[]`.
    static func hasNUL(inTextArray bytes: ArraySlice<UInt8>) -> Bool {
        var at = bytes.startIndex + 20
        while at + 4 <= bytes.endIndex {
            let length = bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
            at += 4
            if length == UInt32.max { continue }
            if bytes[at..<at + Int(length)].contains(0) { return true }
            at += Int(length)
        }
        return false
    }
}

extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    mutating func overwrite(at offset: Int, bigEndian value: Int32) {
        Swift.withUnsafeBytes(of: value.bigEndian) { source in
            for index in 0..<4 { self[offset + index] = source[index] }
        }
    }
}

extension Timestamp {
    /// PostgreSQL's `-infinity`.
    public static let beforeAll = Timestamp(microseconds: .min)
    /// Microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL's clock starts.
    static let millennium: Int64 = 946_684_800_000_000

    var sinceMillennium: Int64 {
        let (difference, overflow) = microseconds.subtractingReportingOverflow(Self.millennium)
        return overflow ? .min : difference
    }
}
