import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@Suite struct DocumentTests {
    @Test func theDocumentHoldsTogether() async throws {
        let document = try await ServiceHarness<CounterService>.with { harness async throws in
            try await harness.call(.get, "/openapi.json").json
        }
        #expect(document["openapi"] == "3.1.0")
        let paths = try #require(document["paths"]?.object)
        var ids: Set<String> = []
        for path in paths {
            let names = path.name.split(separator: "/").filter { $0.hasPrefix("{") }
                .map { String($0.dropFirst().dropLast()) }
            for operation in path.value.object ?? [:] {
                let place = "\(operation.name) \(path.name)"
                let id = try #require(operation.value["operationId"]?.string)
                #expect(ids.insert(id).inserted, "\(place) repeats \(id)")
                #expect(operation.value["security"]?.array?.isEmpty == false, "\(place)")
                let parameters = operation.value["parameters"]?.array ?? []
                #expect(
                    parameters.filter { $0["in"] == "path" }.compactMap { $0["name"]?.string }
                        == names, "\(place)")
                let answers = try #require(operation.value["responses"]?.object)
                #expect(answers.names.contains { $0.hasPrefix("2") }, "\(place)")
                for answer in answers { #expect(answer.value["description"]?.string != nil) }
            }
        }
        let schemas = try #require(document["components"]?["schemas"]?.object)
        for target in references(document) {
            #expect(target.hasPrefix("#/components/schemas/"))
            let name = String(target.split(separator: "/").last ?? "")
            #expect(schemas[name] != nil, "\(target) leads nowhere")
        }
    }

    @Test func whatRoutesRefuseAndNeedIsDocumented() async throws {
        let document = try await ServiceHarness<CounterService>.with { harness async throws in
            try await harness.call(.get, "/openapi.json").json
        }
        let move = document["paths"]?["/api/v1/counters/{id}/moves"]?["post"]
        #expect(move?["security"] == [["accessToken": []]])
        #expect(move?["responses"]?["409"]?["description"]?.string?.contains("too-little") == true)
        for status in ["201", "400", "401", "404", "413", "415", "422", "429", "503"] {
            #expect(move?["responses"]?[status] != nil, "\(status)")
        }
        let names = (move?["parameters"]?.array ?? []).compactMap { $0["name"]?.string }
        #expect(names == ["id", "Idempotency-Key"])
        let body = move?["requestBody"]?["content"]?["application/json"]?["schema"]
        let name = body?["$ref"]?.string?.split(separator: "/").last.map(String.init) ?? ""
        let schema = document["components"]?["schemas"]?[name] ?? body
        #expect(schema?["required"] == ["by"])
        let staff = document["paths"]?["/api/v1/staff"]?["get"]
        #expect(staff?["x-souk-roles"] == ["admin", "support"])
        let between = document["paths"]?["/api/v1/wallet"]?["get"]
        #expect(between?["security"] == [["serviceToken": []]])
    }

    private func references(_ value: JSONValue) -> [String] {
        switch value {
        case .object(let object):
            object.flatMap { member in
                member.name == "$ref" ? [member.value.string ?? ""] : references(member.value)
            }
        case .array(let items): items.flatMap { references($0) }
        default: []
        }
    }
}
