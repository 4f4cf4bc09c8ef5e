internal import HTTP
internal import JSON

/// A documented parameter of a route; what it says is also what is checked before the handler runs.
///
/// A path parameter of the wrong form is a 404, a query or header parameter a 422 that names it.
/// Path parameters that a route does not declare are documented as strings.
public struct Parameter: Sendable {
    /// Where the value stands.
    public enum Place: String, Sendable {
        case path, query, header
    }

    public let name: String
    public let place: Place
    public let summary: String
    public let isRequired: Bool
    let schema: @Sendable (inout [String: JSONValue]) -> JSONValue
    /// What is wrong with a value, as the end of a sentence that starts with the name; nil if
    /// nothing.
    let fault: @Sendable (String) -> String?

    /// A part of the path, as `{name}` in the pattern.
    public static func path<T: LosslessStringConvertible & Decodable & Sendable>(
        _ name: String, _ type: T.Type, _ summary: String
    ) -> Parameter {
        Parameter(
            name: name, place: .path, summary: summary, isRequired: true,
            schema: { JSONSchema.schema(of: type, components: &$0) },
            fault: { type.init($0) == nil ? "has the wrong form" : nil })
    }

    /// A part of the query.
    ///
    /// - Parameter allowed: the values that are accepted; all of the type where it is empty.
    public static func query<T: LosslessStringConvertible & Decodable & Sendable>(
        _ name: String, _ type: T.Type, _ summary: String, required: Bool = false,
        allowed: [T] = []
    ) -> Parameter {
        make(.query, name, type, summary, required, allowed: allowed.map(\.description))
    }

    /// A part of the query that is one of the cases of `type`.
    public static func query<T: RawRepresentable & CaseIterable & Sendable>(
        _ name: String, oneOf type: T.Type, _ summary: String, required: Bool = false
    ) -> Parameter where T.RawValue == String {
        make(
            .query, name, String.self, summary, required, allowed: type.allCases.map(\.rawValue))
    }

    /// A whole number in the query, within `range`.
    public static func query(
        _ name: String, in range: ClosedRange<Int>, _ summary: String, required: Bool = false
    ) -> Parameter {
        let schema: JSONValue = [
            "type": "integer", "minimum": .integer(Int64(range.lowerBound)),
            "maximum": .integer(Int64(range.upperBound)),
        ]
        return Parameter(
            name: name, place: .query, summary: summary, isRequired: required,
            schema: { _ in schema },
            fault: { text in
                guard let value = Int(text), range.contains(value) else {
                    return "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
                }
                return nil
            })
    }

    /// A header of the request.
    public static func header(
        _ name: String, _ summary: String, required: Bool = false
    ) -> Parameter {
        make(.header, name, String.self, summary, required, allowed: [])
    }

    private static func make<T: LosslessStringConvertible & Decodable & Sendable>(
        _ place: Place, _ name: String, _ type: T.Type, _ summary: String, _ required: Bool,
        allowed: [String]
    ) -> Parameter {
        Parameter(
            name: name, place: place, summary: summary, isRequired: required,
            schema: { components in
                if allowed.isEmpty { return JSONSchema.schema(of: type, components: &components) }
                return ["type": "string", "enum": .array(allowed.map(JSONValue.string))]
            },
            fault: { text in
                if !allowed.isEmpty {
                    return allowed.contains(text)
                        ? nil : "must be one of \(allowed.joined(separator: ", "))"
                }
                return type.init(text) == nil ? "has the wrong form" : nil
            })
    }
}
