import EventTypes
import JSON
import Testing

@Suite struct SchemaTests {
    private struct Leaf: Codable { let name: String }

    private enum Colour: String, Codable, CaseIterable { case red, green }

    private struct Tree: Codable {
        let id: UserID
        let count: Int
        let share: Double?
        let label: String?
        let isTall: Bool?
        let price: Money
        let colour: Colour
        let leaves: [Leaf]
        let first: Leaf?
        let notes: [String: JSONValue]
        let until: Timestamp?
    }

    @Test func aTypeIsDescribedAsItDecodesItself() throws {
        var components: [String: JSONValue] = [:]
        let schema = JSONSchema.schema(of: Tree.self, components: &components)
        #expect(schema == ["$ref": "#/components/schemas/Tree"])
        let tree = try #require(components["Tree"])
        #expect(
            tree["required"] == ["id", "count", "price", "colour", "leaves", "notes"])
        let properties = try #require(tree["properties"])
        #expect(properties["id"] == ["type": "string", "format": "uuid"])
        #expect(properties["count"] == ["type": "integer"])
        #expect(properties["share"] == ["type": "number"])
        #expect(properties["label"] == ["type": "string"])
        #expect(properties["isTall"] == ["type": "boolean"])
        #expect(properties["price"]?["required"] == ["amount_minor", "currency"])
        #expect(properties["colour"] == ["type": "string", "enum": ["red", "green"]])
        #expect(
            properties["leaves"]
                == ["type": "array", "items": ["$ref": "#/components/schemas/Leaf"]])
        #expect(properties["first"] == ["$ref": "#/components/schemas/Leaf"])
        #expect(properties["notes"] == ["type": "object", "additionalProperties": [:]])
        #expect(properties["until"] == ["type": "string", "format": "date-time"])
        #expect(
            components["Leaf"]
                == [
                    "type": "object", "required": ["name"],
                    "properties": ["name": ["type": "string"]],
                ])
    }

    /// The decoder takes null for what may be missing, wherever it reads.
    @Test func whatIsReadMayBeNullWhereItMayBeMissing() throws {
        struct Wish: Codable {
            let name: String
            let label: String?
            let colour: Colour?
            let first: Leaf?
            let anything: JSONValue?
        }
        _ = try JSON.decode(
            Wish.self,
            from: #"{"name":"a","label":null,"colour":null,"first":null,"anything":null}"#)
        var components: [String: JSONValue] = [:]
        _ = JSONSchema.schema(of: Wish.self, use: .read, components: &components)
        let wish = try #require(components["Wish"])
        let properties = try #require(wish["properties"])
        #expect(wish["required"] == ["name"])
        #expect(properties["name"] == ["type": "string"])
        #expect(properties["label"] == ["type": ["string", "null"]])
        #expect(
            properties["colour"]
                == ["type": ["string", "null"], "enum": ["red", "green", .null]])
        #expect(
            properties["first"]
                == ["anyOf": [["$ref": "#/components/schemas/Leaf"], ["type": "null"]]])
        #expect(properties["anything"] == [:])

        _ = JSONSchema.schema(of: Wish.self, use: .written, components: &components)
        #expect(components["Wish"] == wish, "the wider of the two stays")
    }

    @Test func everyPublishedEventIsDescribedInFull() throws {
        for (_, types) in Contract.events {
            for type in types { try check(type) }
        }
    }

    private func check<Event: PublishedEvent>(_ type: Event.Type) throws {
        var components: [String: JSONValue] = [:]
        _ = JSONSchema.schema(of: type, components: &components)
        let schema = try #require(components["\(type)"])
        let described = Set(schema["properties"]?.object?.map(\.name) ?? [])
        let example = try JSON.decode(JSONValue.self, from: JSON.encode(type.example))
        let written = Set(example.object?.map(\.name) ?? [])
        #expect(written.isSubset(of: described), "\(type)")
        let required = Set(schema["required"]?.array?.compactMap(\.string) ?? [])
        #expect(required.isSubset(of: written), "\(type)")
    }
}
