public import EventTypes

/// Describes types as JSON Schema (2020-12), from how they decode themselves: a reference cannot
/// say anything else than the code does.
///
/// A type is asked to decode itself from a decoder that notes what it asks for. Types that check
/// what they read say how they look by being `JSONSchemaProviding`.
public enum JSONSchema {
    /// Where the schemas of named types stand in OpenAPI and AsyncAPI documents.
    public static let componentsPath = "#/components/schemas/"

    /// What becomes of the values that a schema describes.
    public enum Use: Sendable {
        /// They are written: what a value does not have is left out.
        case written
        /// They are read: what a value does not have may be null as well.
        case read
    }

    /// The schema of a type.
    ///
    /// - Parameter components: gets the schemas of the named types that it refers to; of a type
    ///   that is both written and read it keeps what is read.
    public static func schema<T: Decodable>(
        of type: T.Type, use: Use = .written, components: inout [String: JSONValue]
    ) -> JSONValue {
        let recorder = SchemaRecorder(components, use)
        let schema = recorder.visit(type).schema
        components = recorder.components
        return schema
    }
}

/// A type that describes itself.
public protocol JSONSchemaProviding: Decodable {
    static var jsonSchema: JSONValue { get }
    /// A value that it accepts.
    static var jsonSample: JSONValue { get }
}

extension Identifier: JSONSchemaProviding {
    public static var jsonSchema: JSONValue { ["type": "string", "format": "uuid"] }
    public static var jsonSample: JSONValue { "01920000-0000-7000-8000-000000000001" }
}

extension Timestamp: JSONSchemaProviding {
    public static var jsonSchema: JSONValue { ["type": "string", "format": "date-time"] }
    public static var jsonSample: JSONValue { "2026-01-01T00:00:00Z" }
}

extension Currency: JSONSchemaProviding {
    public static var jsonSchema: JSONValue {
        ["type": "string", "pattern": "^[A-Z]{3}$", "description": "A code of ISO 4217."]
    }
    public static var jsonSample: JSONValue { "USD" }
}

extension Money: JSONSchemaProviding {
    public static var jsonSchema: JSONValue {
        [
            "type": "object",
            "description": "An amount in the smallest unit of its currency.",
            "required": ["amount_minor", "currency"],
            "properties": [
                "amount_minor": [
                    "type": "integer", "minimum": .integer(-limit), "maximum": .integer(limit),
                ],
                "currency": Currency.jsonSchema,
            ],
        ]
    }
    public static var jsonSample: JSONValue { ["amount_minor": 1, "currency": "USD"] }
}

extension Reward: JSONSchemaProviding {
    public static var jsonSchema: JSONValue {
        [
            "description": "A share of the sale in hundredths of a percent, or a fixed amount.",
            "oneOf": [
                [
                    "type": "object", "required": ["basis_points"],
                    "properties": ["basis_points": ["type": "integer", "minimum": 1]],
                ],
                [
                    "type": "object", "required": ["fixed"],
                    "properties": ["fixed": Money.jsonSchema],
                ],
            ],
        ]
    }
    public static var jsonSample: JSONValue { ["basis_points": 1] }
}
