public import EventTypes

/// One field of a result while it is being decoded; do not keep it.
public struct SQLValue {
    /// The type that the server gave the column.
    public let type: SQLType
    /// The binary form; nil is NULL. Valid while the result it points into lives.
    let bytes: UnsafeRawBufferPointer?

    public var isNull: Bool { bytes == nil }

    init(_ type: SQLType, _ bytes: UnsafeRawBufferPointer?) {
        self.type = type
        self.bytes = bytes
    }

    /// Any integer type, and `numeric` without a fraction.
    public func int64() throws -> Int64 {
        let bytes = try notNull()
        switch type {
        case .int8: return try bytes.bigEndian(Int64.self, at: 0)
        case .int4: return Int64(try bytes.bigEndian(Int32.self, at: 0))
        case .int2: return Int64(try bytes.bigEndian(Int16.self, at: 0))
        case .oid: return Int64(try bytes.bigEndian(UInt32.self, at: 0))
        case .numeric:
            guard let value = Int64(try PostgresNumeric(bytes).decimalText) else {
                throw SQLValueError("is a numeric beyond 64 bits or with a fraction")
            }
            return value
        default: throw mismatch("an integer")
        }
    }

    /// The value of a `boolean`; throws for NULL and other types.
    public func bool() throws -> Bool {
        let bytes = try notNull()
        guard type == .bool, bytes.count == 1 else { throw mismatch("a boolean") }
        return bytes[0] != 0
    }

    /// Any number; `numeric` is rounded to the nearest `Double`.
    public func double() throws -> Double {
        let bytes = try notNull()
        switch type {
        case .float8: return Double(bitPattern: try bytes.bigEndian(UInt64.self, at: 0))
        case .float4: return Double(Float(bitPattern: try bytes.bigEndian(UInt32.self, at: 0)))
        case .numeric:
            guard let value = Double(try PostgresNumeric(bytes).decimalText) else {
                throw mismatch("a number")
            }
            return value
        default: return Double(try int64())
        }
    }

    /// `timestamptz`, `timestamp` (taken as UTC) and `date` (its midnight in UTC).
    public func timestamp() throws -> Timestamp {
        let bytes = try notNull()
        switch type {
        case .timestamptz, .timestamp:
            let value = try bytes.bigEndian(Int64.self, at: 0)
            let (sum, overflow) = value.addingReportingOverflow(Timestamp.millennium)
            guard !overflow, value != .min else { throw SQLValueError("is infinite") }
            return Timestamp(microseconds: sum)
        case .date:
            let days = try bytes.bigEndian(Int32.self, at: 0)
            guard days != .max, days != .min else { throw SQLValueError("is infinite") }
            return Timestamp(microseconds: Int64(days) * 86_400_000_000 + Timestamp.millennium)
        default: throw mismatch("a time")
        }
    }

    /// The value of a `uuid`; throws for NULL and other types.
    public func uuid() throws -> (high: UInt64, low: UInt64) {
        let bytes = try notNull()
        guard type == .uuid else { throw mismatch("a UUID") }
        return (try bytes.bigEndian(UInt64.self, at: 0), try bytes.bigEndian(UInt64.self, at: 8))
    }

    /// The bytes of `bytea`, or the UTF-8 of text and JSON.
    public func byteArray() throws -> [UInt8] {
        let bytes = try notNull()
        if type == .bytea || type.isText { return [UInt8](bytes) }
        if type == .jsonb { return [UInt8](bytes.dropFirst()) }
        throw mismatch("bytes")
    }

    /// Text, JSON, and the text form of numbers, booleans, UUIDs, times and dates.
    public func text() throws -> String {
        let bytes = try notNull()
        if type.isText { return String(decoding: bytes, as: UTF8.self) }
        switch type {
        case .jsonb: return String(decoding: bytes.dropFirst(), as: UTF8.self)
        case .uuid:
            let (high, low) = try uuid()
            return Identifier<Never>(high: high, low: low).description
        case .numeric: return try PostgresNumeric(bytes).decimalText
        case .bool: return try bool() ? "true" : "false"
        case .float4, .float8: return try double().description
        case .date: return try timestamp().dateText
        case .timestamptz, .timestamp: return try timestamp().description
        case .void: return ""
        case .int2, .int4, .int8, .oid: return String(try int64())
        default: throw mismatch("text (cast it to text in the query)")
        }
    }

    /// The elements of an array of one dimension.
    func elements() throws -> [SQLValue] {
        let bytes = try notNull()
        let dimensions = try bytes.bigEndian(Int32.self, at: 0)
        let element = SQLType(rawValue: try bytes.bigEndian(UInt32.self, at: 8))
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { throw mismatch("an array of one dimension") }
        let count = Int(try bytes.bigEndian(Int32.self, at: 12))
        var values: [SQLValue] = []
        values.reserveCapacity(count)
        var at = 20
        for _ in 0..<count {
            let length = Int(try bytes.bigEndian(Int32.self, at: at))
            at += 4
            if length < 0 {
                values.append(SQLValue(element, nil))
                continue
            }
            guard at + length <= bytes.count else { throw mismatch("an array") }
            values.append(
                SQLValue(element, UnsafeRawBufferPointer(rebasing: bytes[at..<at + length])))
            at += length
        }
        return values
    }

    private func notNull() throws -> UnsafeRawBufferPointer {
        guard let bytes else { throw SQLValueError("is NULL") }
        return bytes
    }

    private func mismatch(_ wanted: String) -> SQLValueError {
        SQLValueError("of type \(type.rawValue) is not \(wanted)")
    }
}

/// What is wrong with a value; `Row` adds the column's name. Holds no data.
struct SQLValueError: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

extension UnsafeRawBufferPointer {
    func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type, at offset: Int) throws -> T {
        guard offset + MemoryLayout<T>.size <= count else { throw SQLValueError("is too short") }
        return T(bigEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }
}

/// The binary form of `numeric`: digits of base 10,000.
struct PostgresNumeric {
    /// As PostgreSQL prints it: `-12.50`.
    let decimalText: String

    init(_ bytes: UnsafeRawBufferPointer) throws {
        let count = Int(try bytes.bigEndian(Int16.self, at: 0))
        let weight = Int(try bytes.bigEndian(Int16.self, at: 2))
        let sign = try bytes.bigEndian(UInt16.self, at: 4)
        let scale = Int(try bytes.bigEndian(Int16.self, at: 6))
        guard sign == 0 || sign == 0x4000 else {
            throw SQLValueError("is not a finite number")
        }
        var digits: [Int] = []
        for index in 0..<count {
            digits.append(Int(try bytes.bigEndian(Int16.self, at: 8 + index * 2)))
        }
        func group(_ place: Int) -> String {
            let index = weight - place
            let digit = String(digits.indices.contains(index) ? digits[index] : 0)
            return String(repeating: "0", count: 4 - digit.utf8.count) + digit
        }
        var whole = ""
        for place in stride(from: max(weight, 0), through: 0, by: -1) { whole += group(place) }
        let significant = whole.drop { $0 == "0" }
        var text = sign == 0 ? "" : "-"
        text += significant.isEmpty ? "0" : String(significant)
        if scale > 0 {
            var fraction = ""
            var place = -1
            while fraction.utf8.count < scale {
                fraction += group(place)
                place -= 1
            }
            text += "." + fraction.prefix(scale)
        }
        decimalText = text
    }
}
