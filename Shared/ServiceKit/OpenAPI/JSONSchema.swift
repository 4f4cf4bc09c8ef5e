internal import JSON

/// Stands in until the JSON module describes types.
enum JSONSchema {
    static func schema<T: Decodable>(
        of type: T.Type, components: inout [String: JSONValue]
    ) -> JSONValue { ["title": .string("\(type)")] }
}
