public import EventTypes

extension Bool: SQLEncodable, SQLArrayElement {
    public static var sqlType: SQLType { .bool }
    public static var sqlArrayType: SQLType { .boolArray }
    public static var sqlElementType: SQLType { .bool }
    public func encode(to encoder: inout SQLEncoder) { encoder.bool(self) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        bytes.append(self ? 1 : 0)
        return true
    }
}

extension Int: SQLEncodable, SQLArrayElement {
    public static var sqlType: SQLType { .int8 }
    public static var sqlArrayType: SQLType { .int8Array }
    public static var sqlElementType: SQLType { .int8 }
    public func encode(to encoder: inout SQLEncoder) { encoder.int64(Int64(self)) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: Int64(self))
        return true
    }
}

extension Int64: SQLEncodable, SQLArrayElement {
    public static var sqlType: SQLType { .int8 }
    public static var sqlArrayType: SQLType { .int8Array }
    public static var sqlElementType: SQLType { .int8 }
    public func encode(to encoder: inout SQLEncoder) { encoder.int64(self) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: self)
        return true
    }
}

extension Int32: SQLEncodable, SQLArrayElement {
    public static var sqlType: SQLType { .int4 }
    public static var sqlArrayType: SQLType { .int4Array }
    public static var sqlElementType: SQLType { .int4 }
    public func encode(to encoder: inout SQLEncoder) { encoder.int32(self) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: self)
        return true
    }
}

extension Int16: SQLEncodable, SQLArrayElement {
    public static var sqlType: SQLType { .int2 }
    public static var sqlArrayType: SQLType { .int2Array }
    public static var sqlElementType: SQLType { .int2 }
    public func encode(to encoder: inout SQLEncoder) { encoder.int16(self) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: self)
        return true
    }
}

extension Double: SQLEncodable, SQLArrayElement {
    public static var sqlType: SQLType { .float8 }
    public static var sqlArrayType: SQLType { .float8Array }
    public static var sqlElementType: SQLType { .float8 }
    public func encode(to encoder: inout SQLEncoder) { encoder.double(self) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: bitPattern)
        return true
    }
}

extension String: SQLEncodable, SQLArrayElement {
    public static var sqlType: SQLType { .inferred }
    public static var sqlArrayType: SQLType { .textArray }
    public static var sqlElementType: SQLType { .text }
    public func encode(to encoder: inout SQLEncoder) { encoder.text(self) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        bytes.append(contentsOf: utf8)
        return true
    }
}

extension Timestamp: SQLEncodable, SQLArrayElement {
    public static var sqlType: SQLType { .timestamptz }
    public static var sqlArrayType: SQLType { .timestamptzArray }
    public static var sqlElementType: SQLType { .timestamptz }
    public func encode(to encoder: inout SQLEncoder) { encoder.timestamp(self) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: sinceMillennium)
        return true
    }
}

extension Identifier: SQLEncodable, SQLArrayElement {
    public static var sqlType: SQLType { .uuid }
    public static var sqlArrayType: SQLType { .uuidArray }
    public static var sqlElementType: SQLType { .uuid }
    public func encode(to encoder: inout SQLEncoder) { encoder.uuid(high: high, low: low) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        bytes.append(bigEndian: high)
        bytes.append(bigEndian: low)
        return true
    }
}

extension StreamID: SQLEncodable, SQLArrayElement {
    public static var sqlType: SQLType { .inferred }
    public static var sqlArrayType: SQLType { .textArray }
    public static var sqlElementType: SQLType { .text }
    public func encode(to encoder: inout SQLEncoder) { encoder.text(name) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool { name.encodeElement(to: &bytes) }
}

extension Currency: SQLEncodable, SQLArrayElement {
    public static var sqlType: SQLType { .inferred }
    public static var sqlArrayType: SQLType { .textArray }
    public static var sqlElementType: SQLType { .text }
    public func encode(to encoder: inout SQLEncoder) { encoder.text(code) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool { code.encodeElement(to: &bytes) }
}

/// Bytes are `bytea`, not an array of numbers.
extension UInt8: SQLArrayElement {
    public static var sqlArrayType: SQLType { .bytea }
    public static var sqlElementType: SQLType { .bytea }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        bytes.append(self)
        return true
    }
    public static func encodeArray(_ array: [UInt8], to encoder: inout SQLEncoder) {
        encoder.bytes(array)
    }
}

extension Array: SQLEncodable where Element: SQLArrayElement {
    public static var sqlType: SQLType { Element.sqlArrayType }
    public func encode(to encoder: inout SQLEncoder) {
        Element.encodeArray(self, to: &encoder)
    }
}

extension Array: SQLArrayElement where Element == UInt8 {
    public static var sqlArrayType: SQLType { .byteaArray }
    public static var sqlElementType: SQLType { .bytea }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        bytes += self
        return true
    }
}

extension Optional: SQLEncodable where Wrapped: SQLEncodable {
    public static var sqlType: SQLType { Wrapped.sqlType }
    public func encode(to encoder: inout SQLEncoder) {
        switch self {
        case .some(let value): value.encode(to: &encoder)
        case .none: encoder.null(Wrapped.sqlType)
        }
    }
}

extension Optional: SQLArrayElement where Wrapped: SQLArrayElement {
    public static var sqlArrayType: SQLType { Wrapped.sqlArrayType }
    public static var sqlElementType: SQLType { Wrapped.sqlElementType }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool {
        self?.encodeElement(to: &bytes) ?? false
    }
}

extension SQLEncodable where Self: RawRepresentable, RawValue: SQLEncodable {
    public static var sqlType: SQLType { RawValue.sqlType }
    public func encode(to encoder: inout SQLEncoder) { rawValue.encode(to: &encoder) }
}

/// A JSON document as text; fits `json`, `jsonb` and `text` columns.
public struct JSONText: SQLEncodable, SQLDecodable, SQLArrayElement, Hashable, Sendable {
    /// The document in UTF-8.
    public let text: String
    public init(_ text: String) { self.text = text }

    public static var sqlType: SQLType { .inferred }
    public static var sqlArrayType: SQLType { .textArray }
    public static var sqlElementType: SQLType { .text }
    public func encode(to encoder: inout SQLEncoder) { encoder.text(text) }
    public func encodeElement(to bytes: inout [UInt8]) -> Bool { text.encodeElement(to: &bytes) }
    public static func decode(_ value: SQLValue) throws -> JSONText {
        JSONText(try value.text())
    }
}
