public import EventTypes

/// A value that a column of a result can be read as. Optionals read NULL; everything else throws
/// on it.
public protocol SQLDecodable {
    static func decode(_ value: SQLValue) throws -> Self
}

extension Bool: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> Bool { try value.bool() }
}

extension Int: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> Int { Int(try value.int64()) }
}

extension Int64: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> Int64 { try value.int64() }
}

extension Int32: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> Int32 {
        guard let number = Int32(exactly: try value.int64()) else {
            throw SQLValueError("is beyond 32 bits")
        }
        return number
    }
}

extension Int16: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> Int16 {
        guard let number = Int16(exactly: try value.int64()) else {
            throw SQLValueError("is beyond 16 bits")
        }
        return number
    }
}

extension Double: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> Double { try value.double() }
}

extension String: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> String { try value.text() }
}

extension Timestamp: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> Timestamp { try value.timestamp() }
}

extension Identifier: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> Identifier {
        if value.type.isText {
            guard let identifier = Identifier(try value.text()) else {
                throw SQLValueError("is not a UUID")
            }
            return identifier
        }
        let (high, low) = try value.uuid()
        return Identifier(high: high, low: low)
    }
}

extension StreamID: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> StreamID { StreamID(try value.text()) }
}

extension Currency: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> Currency {
        guard let currency = Currency(try value.text()) else {
            throw SQLValueError("is not a currency code of ISO 4217")
        }
        return currency
    }
}

extension UInt8: SQLArrayDecodable {
    public static func decodeArray(_ value: SQLValue) throws -> [UInt8] { try value.byteArray() }
}

/// A value that the elements of an array column can be read as.
public protocol SQLArrayDecodable {
    static func decodeArray(_ value: SQLValue) throws -> [Self]
}

extension SQLArrayDecodable where Self: SQLDecodable {
    public static func decodeArray(_ value: SQLValue) throws -> [Self] {
        try value.elements().map { try decode($0) }
    }
}

extension Bool: SQLArrayDecodable {}
extension Int: SQLArrayDecodable {}
extension Int64: SQLArrayDecodable {}
extension Int32: SQLArrayDecodable {}
extension Int16: SQLArrayDecodable {}
extension Double: SQLArrayDecodable {}
extension String: SQLArrayDecodable {}
extension Timestamp: SQLArrayDecodable {}
extension Identifier: SQLArrayDecodable {}
extension StreamID: SQLArrayDecodable {}
extension JSONText: SQLArrayDecodable {}
extension Array: SQLArrayDecodable where Element == UInt8 {}
extension Optional: SQLArrayDecodable where Wrapped: SQLDecodable {}

extension Array: SQLDecodable where Element: SQLArrayDecodable {
    public static func decode(_ value: SQLValue) throws -> [Element] {
        try Element.decodeArray(value)
    }
}

extension Optional: SQLDecodable where Wrapped: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> Wrapped? {
        value.isNull ? nil : try Wrapped.decode(value)
    }
}

extension SQLDecodable where Self: RawRepresentable, RawValue: SQLDecodable {
    public static func decode(_ value: SQLValue) throws -> Self {
        guard let known = Self(rawValue: try RawValue.decode(value)) else {
            throw SQLValueError("is none of the known values")
        }
        return known
    }
}
