internal import EventTypes

/// Visits types and notes how they decode themselves.
final class SchemaRecorder {
    private(set) var components: [String: JSONValue]
    private let use: JSONSchema.Use
    private var values: [ObjectIdentifier: Any] = [:]

    init(_ components: [String: JSONValue], _ use: JSONSchema.Use) {
        self.components = components
        self.use = use
    }

    /// What a visit found: a type that refuses every made-up value has none.
    struct Visit<T> {
        let schema: JSONValue
        let value: T?
    }

    func visit<T: Decodable>(_ type: T.Type) -> Visit<T> {
        if let known = known(type) { return Visit(schema: known.schema, value: known.value as? T) }
        let name = Self.name(of: type)
        let isNew = components[name] == nil
        if !isNew, let value = values[ObjectIdentifier(type)] as? T {
            return Visit(schema: Self.reference(name), value: value)
        }
        let note = SchemaNote()
        let value = try? T(from: RecordingDecoder(recorder: self, note: note))
        values[ObjectIdentifier(type)] = value
        guard case .object = note.kind else { return Visit(schema: note.schema, value: value) }
        // What is taken is the wider of the two.
        if isNew || use == .read { components[name] = note.schema }
        return Visit(schema: Self.reference(name), value: value)
    }

    /// The schema of a member that may be missing.
    func optional(_ schema: JSONValue) -> JSONValue {
        guard use == .read, var members = schema.object, !members.isEmpty else { return schema }
        guard let type = members["type"]?.string else {
            return ["anyOf": [schema, ["type": "null"]]]
        }
        members["type"] = [.string(type), "null"]
        if let values = members["enum"]?.array { members["enum"] = .array(values + [.null]) }
        return .object(members)
    }

    private static func reference(_ name: String) -> JSONValue {
        .object(["$ref": .string(JSONSchema.componentsPath + name)])
    }

    /// `Page<Account>` is `PageOfAccount`.
    private static func name(of type: Any.Type) -> String {
        "\(type)".replacing(", ", with: "And").replacing("<", with: "Of").filter { $0 != ">" }
    }

    private func known<T: Decodable>(_ type: T.Type) -> (schema: JSONValue, value: Any?)? {
        if let type = type as? any JSONSchemaProviding.Type {
            let text = try? JSON.encode(type.jsonSample)
            return (type.jsonSchema, text.flatMap { try? JSON.decode(T.self, from: $0) })
        }
        if let type = type as? any SchemaContainer.Type { return type.visit(self) }
        if let enumeration = type as? any CaseIterable.Type, let cases = Self.texts(enumeration),
            let first = cases.first
        {
            let value = try? JSON.decode(T.self, from: JSON.encode(first))
            return (["type": "string", "enum": .array(cases.map(JSONValue.string))], value)
        }
        switch type {
        case is Bool.Type: return (["type": "boolean"], false)
        case is String.Type: return (["type": "string"], "")
        case is Double.Type: return (["type": "number"], 0.0)
        case is JSONValue.Type: return ([:], JSONValue.null)
        case let type as any FixedWidthInteger.Type: return (["type": "integer"], Self.zero(type))
        default: return nil
        }
    }

    private static func zero<I: FixedWidthInteger>(_ type: I.Type) -> Any { I.zero }

    /// The texts of an enumeration of texts.
    private static func texts<E: CaseIterable>(_ type: E.Type) -> [String]? {
        let texts = type.allCases.compactMap { one in
            (one as? any RawRepresentable).flatMap { Self.raw($0) as? String }
        }
        return texts.count == type.allCases.count ? texts : nil
    }

    private static func raw<R: RawRepresentable>(_ value: R) -> Any { value.rawValue }
}

/// What one value of a type asked its decoder for.
final class SchemaNote {
    enum Kind { case nothing, object, array, single }

    var kind = Kind.nothing
    /// The member that was just asked about.
    var dispensable: String?
    private var properties = JSONObject()
    private var required: [JSONValue] = []
    private var single: JSONValue = [:]

    func add(_ name: String, _ schema: JSONValue, isRequired: Bool) {
        if properties[name] == nil, isRequired { required.append(.string(name)) }
        properties[name] = schema
    }

    func set(_ schema: JSONValue) { single = schema }

    var schema: JSONValue {
        switch kind {
        case .nothing: [:]
        case .single: single
        case .array: ["type": "array", "items": single]
        case .object:
            required.isEmpty
                ? ["type": "object", "properties": .object(properties)]
                : [
                    "type": "object", "required": .array(required),
                    "properties": .object(properties),
                ]
        }
    }
}

/// Types of the standard library that hold others.
protocol SchemaContainer {
    static func visit(_ recorder: SchemaRecorder) -> (schema: JSONValue, value: Any?)
}

extension Array: SchemaContainer where Element: Decodable {
    static func visit(_ recorder: SchemaRecorder) -> (schema: JSONValue, value: Any?) {
        (["type": "array", "items": recorder.visit(Element.self).schema], [Element]())
    }
}

extension Set: SchemaContainer where Element: Decodable {
    static func visit(_ recorder: SchemaRecorder) -> (schema: JSONValue, value: Any?) {
        let items = recorder.visit(Element.self).schema
        return (["type": "array", "items": items, "uniqueItems": true], Set<Element>())
    }
}

extension Dictionary: SchemaContainer where Key == String, Value: Decodable {
    static func visit(_ recorder: SchemaRecorder) -> (schema: JSONValue, value: Any?) {
        let values = recorder.visit(Value.self).schema
        return (["type": "object", "additionalProperties": values], [String: Value]())
    }
}

extension Optional: SchemaContainer where Wrapped: Decodable {
    static func visit(_ recorder: SchemaRecorder) -> (schema: JSONValue, value: Any?) {
        (recorder.visit(Wrapped.self).schema, Optional<Wrapped>.none as Any)
    }
}
