internal import JSON

extension ReferencePage {
    /// What one service can do, by its tags, in the order of the document.
    struct Section {
        struct Operation {
            let method: String
            let path: String
            let value: JSONValue
        }

        struct Tag {
            let name: String
            var operations: [Operation] = []
        }

        let service: String
        var tags: [Tag] = []

        private static let methods = ["get", "post", "put", "patch", "delete", "head", "options"]

        static func all(of document: JSONValue) -> [Section] {
            var sections: [Section] = []
            for path in document["paths"]?.object ?? [:] {
                for method in methods {
                    guard let value = path.value[method] else { continue }
                    let service = value["x-souk-service"]?.string ?? "platform"
                    let operation = Operation(method: method, path: path.name, value: value)
                    for tag in value["tags"]?.array?.compactMap(\.string) ?? [service] {
                        let place =
                            sections.firstIndex { $0.service == service } ?? sections.count
                        if place == sections.count { sections.append(Section(service: service)) }
                        sections[place].add(operation, under: tag)
                    }
                }
            }
            return sections
        }

        private mutating func add(_ operation: Operation, under name: String) {
            let place = tags.firstIndex { $0.name == name } ?? tags.count
            if place == tags.count { tags.append(Tag(name: name)) }
            tags[place].operations.append(operation)
        }
    }
}
