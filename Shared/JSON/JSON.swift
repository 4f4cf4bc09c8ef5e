/// Reads and writes JSON (RFC 8259) through `Codable`, strictly and fast enough for replaying logs.
///
/// Strict means: UTF-8 only, no duplicate names, no lone surrogates, no leading zeros, nothing
/// after the value, bounded depth and size. Integers are exact; a number with a fraction is not an
/// integer.
public enum JSON {
    /// What an untrusted text may be.
    public struct Limits: Sendable {
        /// How many arrays and objects may be open at once.
        public var depth: Int
        /// The size of the whole text.
        public var bytes: Int

        public init(depth: Int = 32, bytes: Int = 1 << 20) {
            self.depth = depth
            self.bytes = bytes
        }

        /// For payloads of our own logs.
        public static let event = Limits(depth: 32, bytes: 1 << 20)
        /// For bodies of requests.
        public static let request = Limits(depth: 16, bytes: 1 << 20)
        /// For documents such as OpenAPI.
        public static let document = Limits(depth: 64, bytes: 16 << 20)
    }

    /// The compact form; members in the order in which the type encodes them.
    ///
    /// - Throws: what a type's `encode(to:)` throws, or `EncodingError` for a number that is not
    ///   finite.
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let writer = JSONWriter()
        try writer.encode(value)
        return writer.bytes
    }

    /// `encode`, as text.
    public static func text(_ value: some Encodable) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }

    /// Reads a value of `type`.
    ///
    /// - Throws: `JSONError` that points at the fault.
    public static func decode<T: Decodable>(
        _ type: T.Type, from bytes: [UInt8], limits: Limits = .event
    ) throws(JSONError) -> T {
        let outcome = bytes.withUnsafeBytes { bytes in
            Result { () throws(JSONError) -> T in
                try decode(type, from: bytes, limits: limits)
            }
        }
        return try outcome.get()
    }

    /// `decode`, from bytes that stay where they are: nothing of `type` may keep its decoder.
    public static func decode<T: Decodable>(
        _ type: T.Type, from bytes: UnsafeRawBufferPointer, limits: Limits = .event
    ) throws(JSONError) -> T {
        var document = try JSONDocument(
            parsing: bytes.assumingMemoryBound(to: UInt8.self), limits: limits)
        let value = try document.decodeRoot(type)
        precondition(isKnownUniquelyReferenced(&document), "a decoder is not kept")
        return value
    }

    /// `decode`, from text.
    public static func decode<T: Decodable>(
        _ type: T.Type, from text: String, limits: Limits = .event
    ) throws(JSONError) -> T {
        try decode(type, from: Array(text.utf8), limits: limits)
    }
}

/// What is wrong with a text, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Kind: Sendable, Equatable {
        /// Not JSON, or beyond the limits.
        case malformed
        /// JSON, but not what was asked for.
        case mismatch
    }

    public let kind: Kind
    /// RFC 6901; empty for the whole text.
    public let pointer: String
    /// A sentence without the value itself, fit for a client.
    public let message: String

    public init(_ kind: Kind, pointer: String, message: String) {
        self.kind = kind
        self.pointer = pointer
        self.message = message
    }

    public var description: String { pointer.isEmpty ? message : "\(pointer): \(message)" }
}

/// Steps of RFC 6901.
public enum JSONPointer {
    /// One step with its slash, `~` and `/` escaped.
    public static func step(_ name: String) -> String {
        // By scalars: a slash with a combining mark behind it is no `/` to a Character.
        name.unicodeScalars.reduce(into: "/") { step, scalar in
            switch scalar {
            case "~": step += "~0"
            case "/": step += "~1"
            default: step.unicodeScalars.append(scalar)
            }
        }
    }
}
